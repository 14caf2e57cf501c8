@echo off
rem Starts the soket command line on Windows; builds it first when a source is newer than the last build.
rem Messages go to stderr. Exit codes of the launcher itself: 125 the build failed, 127 the .NET SDK is missing.
setlocal
set "DOTNET_NOLOGO=1"
set "SOKET_HOME=%~dp0.build\launcher"
set "SOKET_DLL=%SOKET_HOME%\bin\Soket.Cli\release\Soket.Cli.dll"
where dotnet >nul 2>nul
if errorlevel 1 (
    echo soket: the .NET 10 SDK is missing / SDK .NET 10 belum ada: https://dot.net/download 1>&2
    exit /b 127
)
if not exist "%SOKET_HOME%" mkdir "%SOKET_HOME%"
pushd "%~dp0"
rem Folders count too: a deleted file makes its folder newer.
powershell -NoProfile -Command "$s = Get-Item -LiteralPath ($env:SOKET_HOME + '\stamp.win') -ErrorAction SilentlyContinue; if (-not $s) { exit 1 }; if (Get-ChildItem src, Directory.*, global.json, .editorconfig -Recurse -Force | Where-Object { $_.FullName -notmatch '\\(bin|obj)(\\|$)' -and $_.LastWriteTimeUtc -gt $s.LastWriteTimeUtc } | Select-Object -First 1) { exit 1 }" <nul
if not errorlevel 1 if exist "%SOKET_DLL%" goto start
echo soket: building / membangun ... 1>&2
rem The stamp is as old as the beginning of the build, so that an edit made meanwhile counts as newer.
type nul >"%SOKET_HOME%\began.win"
dotnet build src\Soket.Cli -c Release --artifacts-path "%SOKET_HOME%" -v q -nologo -tl:off -nodeReuse:false -p:UseSharedCompilation=false -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false <nul >"%SOKET_HOME%\build.log" 2>&1
if errorlevel 1 (
    echo soket: the build failed / build gagal 1>&2
    type "%SOKET_HOME%\build.log" 1>&2
    popd
    exit /b 125
)
move /y "%SOKET_HOME%\began.win" "%SOKET_HOME%\stamp.win" >nul
:start
popd
dotnet "%SOKET_DLL%" %*
exit /b %ERRORLEVEL%
