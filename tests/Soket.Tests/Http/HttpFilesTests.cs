using System.Text;
using Microsoft.AspNetCore.Http;
using Soket.Http.Files;
using Soket.Tests.Capture;
using Soket.Tests.Transports;
using Xunit;

namespace Soket.Tests.Http;

/// <summary>What is given out of a folder, without a connection.</summary>
public sealed class HttpFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_pipe_is_an_empty_file_and_keeps_nobody_waiting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no pipes at paths");
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        WireTool.Run("mkfifo", Path.Combine(_folder, "pipe"), Path.Combine(_folder, "sub", "index.html"));
        Assert.Equal((200, ""), await AskAsync("/pipe"));
        Assert.Equal((200, ""), await AskAsync("/sub/"));
    }

    [Fact]
    public async Task A_file_is_given_out_whether_it_is_empty_or_not()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "full.txt"), "halo", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "empty.txt"), "", TestContext.Current.CancellationToken);
        Assert.Equal((200, "halo"), await AskAsync("/full.txt"));
        Assert.Equal((200, ""), await AskAsync("/empty.txt"));
        Assert.Equal((416, "The file is shorter.\n"), await AskAsync("/empty.txt", range: "bytes=0-"));
    }

    [Theory]
    [InlineData("GIT~1", true, false)]
    [InlineData("GI1A2B~9.TXT", true, false)]
    [InlineData("a~", true, true)]
    [InlineData("~a", true, true)]
    [InlineData("a~b1", true, true)]
    [InlineData("GIT~1", false, true)]
    [InlineData(".git", false, false)]
    [InlineData(".well-known", true, true)]
    public void A_name_that_may_be_the_short_one_of_another_is_not_given_out(string name, bool hasShortNames, bool isPlain) => Assert.Equal(isPlain, HttpFiles.IsPlain(name, hasShortNames));

    private async Task<(int Status, string Body)> AskAsync(string path, string? range = null)
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Host = new HostString("localhost");
        context.Request.Path = new PathString(path);
        if (range is not null)
            context.Request.Headers.Range = range;
        context.Response.Body = body;
        var files = new HttpFiles(_folder, []);
        await Task.Run(() => files.AnswerAsync(context), TestContext.Current.CancellationToken).Guarded();
        return (context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }
}
