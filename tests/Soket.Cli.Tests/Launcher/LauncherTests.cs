using Xunit;

namespace Soket.Cli.Tests.Launcher;

/// <summary>A build keeps both cores busy: it runs when the other tests are done.</summary>
[CollectionDefinition(nameof(BuildingAlone), DisableParallelization = true)]
public sealed class BuildingAlone;

/// <summary><c>./soket</c> builds once, then becomes the command line.</summary>
[Collection(nameof(BuildingAlone))]
public sealed class LauncherTests(Checkout checkout) : IClassFixture<Checkout>
{
    private const string Windows = "soket is a POSIX script; Windows has soket.cmd";

    [Fact]
    public void Of_two_first_calls_at_once_one_builds_and_both_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);

        AssertOneBuilt(checkout.FirstCalls);
    }

    [Fact]
    public async Task Where_there_is_no_flock_a_symbolic_link_lets_one_build_and_both_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);

        AssertOneBuilt(await checkout.CallFirstAsync(new() { ["SOKET_NO_FLOCK"] = "1" }));

        // flock's file would be there, and stay; the link has gone with the build.
        Assert.Empty(Directory.EnumerateFileSystemEntries(checkout.Builds, "lock*"));
    }

    [Fact]
    public async Task A_second_call_builds_nothing_and_becomes_the_command_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);

        Checkout.Call call = await checkout.Run("one", "two words", "");

        // The same process number: signals and the exit code need nobody to pass them on.
        Assert.Equal(new Checkout.Call(call.ProcessId, 3, $"{call.ProcessId}|one|two words|", ""), call);
    }

    [Fact]
    public async Task It_is_found_through_symbolic_links()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);
        string folder = Directory.CreateTempSubdirectory("soket links ").FullName;
        try
        {
            string second = Path.Combine(folder, "second link");
            File.CreateSymbolicLink(Path.Combine(folder, "first link"), Path.Combine(checkout.Root, "soket"));
            File.CreateSymbolicLink(second, "first link");

            Checkout.Call call = await checkout.RunAs(second, "C", "x");

            Assert.Equal((1, ""), (call.ExitCode, call.Error));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_touched_source_is_not_a_changed_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);

        File.SetLastWriteTimeUtc(checkout.Source, DateTime.UtcNow.AddMinutes(1));

        Assert.Empty((await checkout.Run()).Error);
    }

    [Fact]
    public async Task A_source_changed_behind_the_clock_is_noticed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);
        try
        {
            await File.WriteAllTextAsync(checkout.Source, "return 42;", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(checkout.Source, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

            Checkout.Call call = await checkout.Run();

            Assert.Equal((42, ""), (call.ExitCode, call.Output));
            Assert.Contains("building (sources changed) ...", call.Error, StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(checkout.Source, Checkout.Program, CancellationToken.None);
            await checkout.Run();
        }
    }

    [Fact]
    public async Task A_source_that_does_not_compile_is_reported_and_the_last_build_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Windows);
        try
        {
            await File.WriteAllTextAsync(checkout.Source, "return \"text\";", TestContext.Current.CancellationToken);

            Checkout.Call call = await checkout.RunAs(Path.Combine(checkout.Root, "soket"), "id_ID.UTF-8");

            Assert.Equal((125, ""), (call.ExitCode, call.Output));
            Assert.Contains("membangun (sumber berubah) ... gagal setelah", call.Error, StringComparison.Ordinal);
            Assert.Contains("Program.cs(1,8): error CS0029", call.Error, StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(checkout.Source, Checkout.Program, CancellationToken.None);
        }

        Assert.Empty((await checkout.Run()).Error);
    }

    private static void AssertOneBuilt(IReadOnlyList<Checkout.Call> calls)
    {
        Assert.Equal([0, 2], calls.Select(call => call.ExitCode));
        Assert.Single(calls, call => call.Error.Contains("building (first run) ...", StringComparison.Ordinal));
        Assert.All(calls, call => Assert.StartsWith($"{call.ProcessId}|", call.Output, StringComparison.Ordinal));
    }
}
