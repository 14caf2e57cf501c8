using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary>Bodies that zstd compressed, unpacked by <c>soket fetch</c>.</summary>
public sealed class ZstandardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nothing", "-3")]
    [InlineData("text", "-1")]
    [InlineData("text", "-19")]
    [InlineData("text", "--fast=5")]
    [InlineData("text", "--no-check")]
    [InlineData("rows", "-9")]
    [InlineData("rows", "--ultra -22 --long=23")] // a window of 8 MiB, the largest for the web (RFC 9659)
    [InlineData("noise", "-3")]
    [InlineData("mixed", "-12")]
    [InlineData("mixed", "-5 --single-thread")]
    public async Task What_zstd_made_is_what_it_was_made_of(string kind, string how)
    {
        byte[] content = Content(kind);
        await using SoketProcess zstd = SoketProcess.Peer(Peers.Require("zstd"), ["-q", "-c", .. how.Split(' ')]);
        Finished packed = await zstd.FinishAsync(content);
        Assert.Equal((0, ""), (packed.ExitCode, packed.Error));

        Finished fetched = await FetchAsync(packed.OutBytes);
        Assert.Equal(0, fetched.ExitCode);
        Assert.True(content.AsSpan().SequenceEqual(fetched.OutBytes), $"{fetched.OutBytes.Length} bytes instead of {content.Length}, or others");
    }

    [Fact]
    public async Task A_window_that_is_too_large_for_the_web_is_refused_before_memory_is_taken()
    {
        await using SoketProcess zstd = SoketProcess.Peer(Peers.Require("zstd"), "-q", "-c", "--ultra", "-22", "--long=27");
        Finished packed = await zstd.FinishAsync(Content("rows"));
        Finished fetched = await FetchAsync(packed.OutBytes);
        Assert.Equal(61, fetched.ExitCode);
        Assert.Contains("soket explain http-encoding", fetched.Error, StringComparison.Ordinal);
    }

    private static async Task<Finished> FetchAsync(byte[] packed)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Finished> running = SoketProcess.RunAsync("fetch", "-q", "--compressed", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        using (Socket client = await listener.AcceptSocketAsync(Token))
        {
            await client.ReceiveAsync(new byte[65536], Token);
            await client.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: {packed.Length}\r\nConnection: close\r\n\r\n"), Token);
            try
            {
                await client.SendAsync(packed, Token);
            }
            catch (SocketException)
            {
                // Refused, and not taken to its end.
            }
        }

        return await running;
    }

    private static byte[] Content(string kind)
    {
        var random = new Random(8878);
        string[] words = ["soket", "kirim", "terima", "sambung", "tutup", "balasan"];
        byte[] noise = new byte[300_000];
        random.NextBytes(noise);
        byte[] rows = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 120_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i};{random.Next(1000)};soket;{random.Next(i + 1)}\n"))));
        byte[] text = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 80_000).Select(_ => words[random.Next(words.Length)] + random.Next(30))));
        return kind switch
        {
            "nothing" => [],
            "text" => text,
            "rows" => rows,
            "noise" => noise,
            _ => [.. noise[..200_000], .. text, .. new byte[150_000], .. rows[..400_000], .. noise[..50_000]],
        };
    }
}
