using Soket.Cli.Commands.Fetch;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

public sealed class BodyCaptureTests
{
    [Fact]
    public async Task What_is_beyond_its_limit_is_told_and_breaks_nothing()
    {
        using var capture = new BodyCapture(5);
        await capture.WriteAsync("Hal"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.False(capture.IsTruncated);
        await capture.WriteAsync("o dunia"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(capture.IsTruncated);
        Assert.False(capture.CanWrite); // so that the download ends
        Assert.Equal("Halo "u8.ToArray(), capture.Bytes);
    }
}
