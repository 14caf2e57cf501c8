using Soket.Cli.CommandLine;
using Soket.Cli.Commands;
using Soket.Cli.Tests.Bench;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>Files that a run makes: nobody else reads them, and what others put there first is not written over.</summary>
public sealed class NewFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_came_after_the_look_is_not_written_over()
    {
        string file = Path.Combine(_folder, "made"), link = Path.Combine(_folder, "link");
        File.WriteAllText(file, "kept");
        UsageException told = Assert.Throws<UsageException>(() => NewFile.Open(file, CommonFlags.RecordHex, replaces: false, MadeRuns.Io()).Dispose());
        Assert.Equal($"--record-hex: {file} is there already. To overwrite it add --force.", told.Message);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(link, file);
            Assert.Throws<UsageException>(() => NewFile.Open(link, CommonFlags.RecordHex, replaces: false, MadeRuns.Io()).Dispose());
        }

        Assert.Equal("kept", File.ReadAllText(file));
        NewFile.Open(file, CommonFlags.RecordHex, replaces: true, MadeRuns.Io()).Dispose();
        Assert.Equal("", File.ReadAllText(file));
        NewFile.Open(Path.Combine(_folder, "new"), CommonFlags.RecordHex, replaces: false, MadeRuns.Io()).Dispose();
        Assert.True(File.Exists(Path.Combine(_folder, "new")));
    }

    [Fact]
    public void A_device_is_written_to_and_keeps_its_mode()
    {
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode("/dev/null");
            using (FileStream device = NewFile.Open("/dev/null", CommonFlags.RecordHex, replaces: false, MadeRuns.Io()))
            {
                device.WriteByte(1);
            }

            Assert.Equal(mode, File.GetUnixFileMode("/dev/null"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_are_nobody_elses_to_read(bool isThere)
    {
        string file = Path.Combine(_folder, "events");
        if (isThere)
            await File.WriteAllTextAsync(file, "what was there, for everybody to read\n", TestContext.Current.CancellationToken);
        Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{Interop.Ports.Free()}", "halo", "--events", file);
        Assert.Equal(7, run.ExitCode);
        Assert.DoesNotContain("what was there", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }
}
