using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Hosting;
using Soket.Middleware.Tls;
using Soket.Services;
using Soket.Tests.Hosting;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Services;

/// <summary>Every service of the catalogue on a server, asked by a client over all that carries it: what its user sees is what its RFC promises.</summary>
public sealed class ServedServiceTests : IDisposable
{
    private const int Line = 74;           // of chargen: 72 characters and CRLF
    private const int Pattern = 95 * Line; // after which it starts over

    private static readonly ServiceOptions Lab = new() { Time = new StoppedClock(new(2025, 4, 10, 3, 20, 12, TimeSpan.Zero), TimeSpan.FromHours(7)) };
    private readonly X509Certificate2 _certificate = DevelopmentCertificate.Create();
    private readonly EventList _events = new();

    public static TheoryData<string, string> Everywhere
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (ServiceEntry entry in ServiceCatalog.All)
            {
                foreach (string scheme in (string[])["tcp", "udp", "unix", "tls"])
                    all.Add(entry.Name, scheme);
            }

            return all;
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_user_sees_what_the_service_promises(string name, string scheme)
    {
        await using SocketServer server = await Servers.New()
            .Listen(Place(scheme), ServiceCatalog.Find(name)!.Create(Lab))
            .WithTls(new TlsServerSettings { Certificate = _certificate, HandshakeTimeout = Guard.Limit })
            .Observe(_events)
            .StartAsync(Cancelled);
        byte[] asked = name switch
        {
            "echo" or "discard" => RandomNumberGenerator.GetBytes(scheme == "udp" ? 1_472 : 100_000),
            "process" or "reply" => "ipin"u8.ToArray(),
            _ => [], // it speaks unasked, and to an empty datagram
        };
        byte[] told = scheme == "udp" ? await AskDatagramAsync(server, name, asked) : await AskStreamAsync(server, name, asked);

        Check(name, scheme, asked, told);
        Assert.Equal(0, await server.DrainAsync(Guard.Limit, Cancelled));
        Assert.Equal((0, 0, 0), (server.Totals.Active, server.Totals.Refused, server.Totals.Failed));
        if (name == "discard")
            Assert.Equal((asked.Length, 0), (server.Totals.BytesReceived, server.Totals.BytesSent));
    }

    private static string Place(string scheme) => scheme switch
    {
        "unix" => "unix:" + Path.Combine(Path.GetTempPath(), $"soket-{Guid.NewGuid():N}.sock"),
        _ => $"{scheme}://127.0.0.1:0",
    };

    private static void Check(string name, string scheme, byte[] asked, byte[] told)
    {
        switch (name)
        {
            case "echo":
                Assert.Equal(asked, told);
                break;
            case "discard":
                Assert.Empty(told);
                break;
            case "chargen":
                (int least, int most) = scheme == "udp" ? (0, 512) : (Pattern + Line, int.MaxValue);
                Assert.InRange(told.Length, least, most);
                Assert.True(told.AsSpan().SequenceEqual(Generated(told.Length)), "It is not RFC 864's pattern.");
                break;
            case "quote":
                string quote = Encoding.ASCII.GetString(told);
                Assert.InRange(quote.Length, 1, 511);
                Assert.EndsWith("\r\n", quote, StringComparison.Ordinal);
                Assert.Contains(quote.TrimEnd(), QuoteService.Quotes);
                break;
            case "daytime":
                Assert.Equal("Thursday, April 10, 2025 10:20:12+0700\r\n", Encoding.ASCII.GetString(told));
                break;
            case "time":
                Assert.Equal(sizeof(uint), told.Length);
                Assert.Equal(3_953_244_012u, BinaryPrimitives.ReadUInt32BigEndian(told)); // 1,744,255,212 since 1970, 2,208,988,800 before
                break;
            case "process":
                Assert.Equal("IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses", Encoding.UTF8.GetString(told));
                break;
            case "reply":
                Assert.Equal("Halo juga dari server!", Encoding.UTF8.GetString(told));
                break;
            default:
                Assert.Fail($"What {name} promises is not said here.");
                break;
        }
    }

    // 72 of the 95 printable characters a line, each line beginning one further than the one before.
    private static byte[] Generated(int length)
    {
        byte[] pattern = new byte[length];
        for (int i = 0; i < length; i++)
        {
            int line = i / Line, column = i % Line;
            pattern[i] = (byte)(column == Line - 2 ? '\r' : column == Line - 1 ? '\n' : ' ' + ((line + column) % 95));
        }

        return pattern;
    }

    private SocketClientOptions Client() => new()
    {
        Transport = Servers.New().Build().Transport,
        Tls = new TlsClientSettings { TargetHost = "localhost", TrustedRoots = [_certificate], HandshakeTimeout = Guard.Limit },
        ConnectTimeout = Guard.Limit,
    };

    private async Task<byte[]> AskStreamAsync(SocketServer server, string name, byte[] asked)
    {
        await using ConnectionContext connection = await SocketClient.ConnectAsync(server.Endpoints[0].Actual, Client(), Cancelled).Guarded();
        PipeReader input = connection.Transport.Input;
        if (name is "quote" or "daytime" or "time")
            return await ReadToEndAsync(input); // it ends by itself
        if (name == "chargen")
        {
            // It goes on until its user ends.
            ReadResult begun = await input.ReadAtLeastAsync(Pattern + Line, Cancelled).Guarded();
            Assert.False(begun.IsCompleted);
            input.AdvanceTo(begun.Buffer.Start);
        }

        Task<byte[]> reading = ReadToEndAsync(input);
        await connection.Transport.Output.WriteAsync(asked, Cancelled).Guarded();
        await connection.Transport.Output.CompleteAsync().Guarded();
        return await reading;
    }

    private async Task<byte[]> AskDatagramAsync(SocketServer server, string name, byte[] asked)
    {
        await using IDatagramSocket socket = await SocketClient.ConnectDatagramAsync(server.Endpoints[0].Actual, Client(), Cancelled);
        await socket.SendAsync(asked, cancellationToken: Cancelled).Guarded();
        if (name == "discard")
        {
            await _events.SeeAsync(e => e.Call == SocketCall.ReceiveFrom && e.Moved == asked.Length);
            return [];
        }

        byte[] room = new byte[65_536];
        ReceivedDatagram reply = await socket.ReceiveAsync(room, Cancelled).Guarded();
        return room[..reply.Length];
    }

    private static async Task<byte[]> ReadToEndAsync(PipeReader input)
    {
        using var all = new MemoryStream();
        await input.CopyToAsync(all, Cancelled).Guarded();
        return all.ToArray();
    }
}
