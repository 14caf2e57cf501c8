using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Soket.Cli.Rendering;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class StandardStreamsTests
{
    [Fact]
    public async Task A_reader_that_went_away_is_an_error_that_is_known_as_such()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes of Windows are not descriptors.");
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using (var reader = new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle))
        {
            await using Stream stream = StdoutStream.OpenDescriptor((int)pipe.SafePipeHandle.DangerousGetHandle());
            await stream.WriteAsync("halo"u8.ToArray(), TestContext.Current.CancellationToken);
            byte[] read = new byte[4];
            await reader.ReadExactlyAsync(read, TestContext.Current.CancellationToken);
            Assert.Equal("halo"u8.ToArray(), read);
        }

        await using Stream broken = StdoutStream.OpenDescriptor((int)pipe.SafePipeHandle.DangerousGetHandle());
        IOException failure = await Assert.ThrowsAsync<IOException>(async () =>
        {
            await broken.WriteAsync("halo"u8.ToArray(), TestContext.Current.CancellationToken);
            await broken.FlushAsync(TestContext.Current.CancellationToken);
        });
        Assert.True(StdoutStream.IsBrokenPipe(failure));
        Assert.False(StdoutStream.IsBrokenPipe(new IOException("something else")));
    }

    [Fact]
    public async Task A_read_that_was_given_up_loses_nothing()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var source = new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle);
        var stdin = new StdinStream(source);
        byte[] buffer = new byte[3];
        using var giveUp = new CancellationTokenSource();
        ValueTask<int> waiting = stdin.ReadAsync(buffer, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);

        await pipe.WriteAsync("satu\r\ndua"u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.DisposeAsync();
        var all = new MemoryStream();
        while (await stdin.ReadAsync(buffer, TestContext.Current.CancellationToken) is > 0 and int count)
            all.Write(buffer, 0, count);
        Assert.Equal("satu\r\ndua", Encoding.UTF8.GetString(all.ToArray()));
    }

    [Fact]
    public async Task Lines_are_cut_at_newlines_and_the_last_needs_none()
    {
        var stdin = new StdinStream(new MemoryStream("satu\r\n\ndua\ntiga"u8.ToArray()));
        var lines = new List<string>();
        await foreach (byte[] line in stdin.ReadLinesAsync(TestContext.Current.CancellationToken))
            lines.Add(Encoding.UTF8.GetString(line));
        Assert.Equal(["satu", "", "dua", "tiga"], lines);
    }
}
