#!/bin/sh
# Double-click this, and choose “Run” if you are asked. Needs nothing installed.
here=$(dirname -- "$(readlink -f -- "$0")")
"$here/program/carer-stories" --begin demonstration
status=$?
if [ $status -ne 0 ] && [ -t 0 ]; then printf 'Press Enter to close this window. '; read -r _; fi
exit $status
