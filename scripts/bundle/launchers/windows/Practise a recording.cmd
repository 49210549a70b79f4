@echo off
rem Double-click this. Needs nothing installed, and no administrator.
chcp 65001 >nul
"%~dp0program\carer-stories.exe" --begin practice
if errorlevel 1 pause
