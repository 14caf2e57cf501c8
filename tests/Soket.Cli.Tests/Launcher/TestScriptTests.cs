using Soket.Cli.Tests.Docs;
using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Launcher;

/// <summary>What <c>./test</c> makes of tests that fail, with a stand-in for a test program.</summary>
public sealed class TestScriptTests : IDisposable
{
    // First One and Two fail of ten; when it is asked for them by name, what the file "again" says happens.
    private const string Program = """
        #!/bin/sh
        report() { # report PASSED FAILED [METHOD RESULT]...
            echo "<assemblies><assembly name=\"x\" passed=\"$1\" failed=\"$2\" skipped=\"1\" errors=\"0\">"
            shift 2
            while [ $# -gt 1 ]; do
                echo "<test name=\"A.B.$1(x: &quot; type=&quot;)\" type=\"A.B+C\" method=\"$1\" result=\"$2\"></test>"
                shift 2
            done
            echo "</assembly></assemblies>"
        }
        asked=
        while [ $# -gt 1 ]; do
            case $1 in
                -xml) file=$2 ;;
                -method) asked="$asked $2" ;;
            esac
            shift
        done
        if [ -z "$asked" ]; then
            if [ "$(cat again)" = many ]; then
                report 3 6 1 Fail 2 Fail 3 Fail 4 Fail 5 Fail 6 Fail >"$file"
            else
                report 7 2 One Fail Two Fail Three Pass >"$file"
            fi
            exit 1
        fi
        echo "$asked" >asked
        case $(cat again) in
            pass) report 2 0 One Pass Two Pass >"$file" ;;
            half) report 1 1 One Pass Two Fail >"$file"; exit 1 ;;
            none) report 0 0 >"$file" ;;
            crash) exit 134 ;;
        esac
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pass", "", 0, "Failed at first, passed alone:\n  A.B+C.One\n  A.B+C.Two\n9 passed, 0 failed, 1 skipped\n")]
    [InlineData("half", "", 1, "Failed at first, passed alone:\n  A.B+C.One\nFailed:\n  Fake.Tests: 1 failed, 0 errors\n8 passed, 1 failed, 1 skipped\n")]
    [InlineData("none", "", 1, "Failed:\n  Fake.Tests: 2 failed, 0 errors\n7 passed, 2 failed, 1 skipped\n")]
    [InlineData("crash", "", 1, "Failed:\n  Fake.Tests: 2 failed, 0 errors\n7 passed, 2 failed, 1 skipped\n")]
    [InlineData("pass", "--once", 1, "Failed:\n  Fake.Tests: 2 failed, 0 errors\n7 passed, 2 failed, 1 skipped\n")]
    [InlineData("many", "", 1, "Failed:\n  Fake.Tests: 6 failed, 0 errors\n3 passed, 6 failed, 1 skipped\n")]
    public async Task A_few_that_fail_are_run_again_alone_and_listed(string again, string flag, int exitCode, string end)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a script for a shell");
        string built = Path.Combine(_folder.Path, "tests/Fake.Tests/bin/Release/net10.0");
        Directory.CreateDirectory(built);
        File.Copy(Path.Combine(Documents.Root, "test"), Path.Combine(_folder.Path, "test"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "again"), again, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "tests/Fake.Tests/Fake.Tests.csproj"), "", TestContext.Current.CancellationToken);
        string program = Path.Combine(built, "Fake.Tests");
        await File.WriteAllTextAsync(program, Program, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await using SoketProcess script = SoketProcess.PeerWith(new Dictionary<string, string?> { ["CI"] = null }, "bash", [Path.Combine(_folder.Path, "test"), "--no-build", "--no-install", .. flag.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Finished finished = await script.FinishAsync();

        Assert.EndsWith(end, finished.Out, StringComparison.Ordinal);
        Assert.Equal((exitCode, ""), (finished.ExitCode, finished.Error));
        string asked = Path.Combine(_folder.Path, "asked");
        Assert.Equal(flag.Length > 0 || again == "many" ? null : " A.B+C.One A.B+C.Two\n", File.Exists(asked) ? await File.ReadAllTextAsync(asked, TestContext.Current.CancellationToken) : null);
    }
}
