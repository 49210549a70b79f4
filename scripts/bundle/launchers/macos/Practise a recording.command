#!/bin/sh
# Double-click this. Needs nothing installed.
here=$(cd -- "$(dirname -- "$0")" && pwd)
"$here/program/carer-stories" --begin practice
