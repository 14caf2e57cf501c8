using System.Text.RegularExpressions;
using Soket.Cli.CommandLine;
using Soket.Cli.Tests.Docs;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

/// <summary>What a server has to say in passing.</summary>
public sealed partial class ServerNoticeTests
{
    [Fact]
    public void Each_has_its_text()
    {
        string[] told = [.. Directory.EnumerateFiles(Path.Combine(Documents.Root, "src/Soket/Hosting"), "*.cs")
            .SelectMany(file => Told().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct()];
        Assert.Contains("accept-paused", told);
        Assert.All(told, key => Assert.True(CliIo.HasText("serve.notice." + key), key));
    }

    [GeneratedRegex(@"_door\.Tell\(""([a-z-]+)""")]
    private static partial Regex Told();
}
