@echo off
rem The command on Windows, for lines such as: flume-ng.cmd agent -conf-file ..\conf\x.conf -name a1
rem NODE counts only when it is a file, because clusters use that name for other things.
setlocal
set "JAVA_OPTS="
set "FLUME_CLASSPATH="
set "FLUME_NG_MAIN=%~dp0..\lib\cli\main.js"
if not exist "%FLUME_NG_MAIN%" goto unbuilt
if defined NODE if exist "%NODE%" goto chosen
where node >nul 2>nul
if errorlevel 1 goto nodeless
node "%FLUME_NG_MAIN%" %*
exit /b %ERRORLEVEL%
:chosen
"%NODE%" "%FLUME_NG_MAIN%" %*
exit /b %ERRORLEVEL%
:unbuilt
echo Error: millrace has not been built yet: run npm ci first, in the directory above "%~dp0".>&2
exit /b 1
:nodeless
echo Error: Node.js was not found: put node (20.19 or newer) on the PATH, or set NODE to its full path.>&2
exit /b 1
