using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Capture;
using Soket.Protocols.Tls;
using Xunit;

namespace Soket.Tests.Capture;

/// <summary>Handshakes that the system's own TLS makes, as a capture shows them.</summary>
public sealed class TlsMessageTests
{
    [Fact]
    public async Task TLS_1_3_shows_its_hellos_and_counts_the_rest()
    {
        string[] told = [.. (await ExchangeAsync(SslProtocols.Tls13)).SelectMany(packet => packet.Messages).Select(message => message.Summary)];
        Assert.StartsWith("ClientHello, SNI example.test, ALPN h2 http/1.1, TLS 1.3", told[0], StringComparison.Ordinal);
        string server = told.First(summary => summary.StartsWith("ServerHello", StringComparison.Ordinal));
        Assert.Matches("^ServerHello, TLS 1.3, TLS_(AES|CHACHA20)_", server);
        Assert.Contains(told, summary => summary.StartsWith("ApplicationData", StringComparison.Ordinal));
        Assert.DoesNotContain(told, summary => summary.StartsWith("Certificate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TLS_1_2_shows_the_certificate_as_well()
    {
        List<TracedPacket> packets = await ExchangeAsync(SslProtocols.Tls12);
        string[] told = [.. packets.SelectMany(packet => packet.Messages).Select(message => message.Summary)];
        Assert.StartsWith("ClientHello, SNI example.test, ALPN h2 http/1.1, TLS 1.2", told[0], StringComparison.Ordinal);
        Assert.Contains(told, summary => summary.StartsWith("ServerHello, TLS 1.2, TLS_ECDHE_", StringComparison.Ordinal) && summary.EndsWith(", ALPN http/1.1", StringComparison.Ordinal));
        Assert.Contains("Certificate, CN=example.test", told);
        Assert.Contains("ServerHelloDone", told);
        Assert.Contains("ClientKeyExchange", told);
        Assert.Equal(2, told.Count(summary => summary == "ChangeCipherSpec"));
        Assert.Equal(2, told.Count(summary => summary == "Encrypted Handshake"));
        Assert.Contains("Encrypted Alert", told);
    }

    [Fact]
    public void Alerts_in_plain_have_their_names()
    {
        Wire wire = new Wire().Handshake();
        wire.Say(true, Hello());
        Assert.Equal(["Alert fatal handshake_failure"], wire.Say(false, [0x15, 3, 3, 0, 2, 2, 40])[0].Messages.Select(message => message.Summary));
    }

    [Fact]
    public void A_hello_inside_a_tunnel_and_one_after_STARTTLS_are_found()
    {
        Wire tunnel = new Wire().Handshake();
        tunnel.Say(true, "CONNECT example.test:443 HTTP/1.1\r\n\r\n");
        tunnel.Say(false, "HTTP/1.1 200 Connection established\r\n\r\n");
        Assert.StartsWith("ClientHello", tunnel.Say(true, Hello())[0].Messages[0].Summary, StringComparison.Ordinal);
        Assert.Equal("TLS", tunnel.Conversation.Application);

        Wire mail = new Wire().Handshake();
        mail.Say(false, "220 ready\r\n");
        mail.Say(true, "STARTTLS\r\n");
        mail.Say(false, "220 go ahead\r\n");
        Assert.StartsWith("ClientHello", mail.Say(true, Hello(), segment: 3)[^1].Messages[0].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hello_cut_anywhere_is_none_and_fails_nothing()
    {
        byte[] body = Hello()[9..];
        Assert.True(TlsClientHello.TryParse(body, out TlsClientHello? hello));
        Assert.Equal(("a.example", "TLS 1.2"), (hello.ServerName, hello.Versions[0].ToString()));
        Assert.Equal([TlsCipherSuite.TLS_AES_128_GCM_SHA256], hello.CipherSuites);
        for (int length = 0; length < body.Length; length++)
        {
            // Where the extensions begin, TLS 1.2 allows that there are none.
            bool whole = TlsClientHello.TryParse(body.AsSpan(0, length), out TlsClientHello? cut);
            Assert.True(!whole || cut!.ServerName is null, $"{length}");
        }
    }

    [Fact]
    public void Of_thousands_of_messages_in_a_packet_the_first_are_named_and_it_counts_for_several()
    {
        byte[] record = [0x14, 3, 3, 0, 1, 1], many = [.. Enumerable.Repeat(record, 2_000).SelectMany(bytes => bytes)];
        var tracker = new ConversationTracker(new TrackerLimits { PacketsInAll = 30 });
        TracedPacket packet = Told(50_001);
        Assert.Equal(100, packet.Messages.Count);
        Assert.Equal(("ChangeCipherSpec", "… +1901"), (packet.Messages[98].Summary, packet.Messages[99].Summary));
        Assert.Equal(12_000L, packet.Messages.Sum(message => message.Length));
        Told(50_002);
        Assert.Equal([2], tracker.Conversations.Select(conversation => conversation.Number));

        TracedPacket Told(int port)
        {
            Wire wire = new Wire { Tracker = tracker, From = new(Wire.Client.Address, port) }.Handshake();
            wire.Say(true, Hello());
            return wire.Say(true, many, many.Length)[0];
        }
    }

    // A small hello: one suite behind one that stands for nothing, and the name of the host.
    private static byte[] Hello()
    {
        byte[] name = "a.example"u8.ToArray();
        byte[] extension = [0, 0, 0, (byte)(name.Length + 5), 0, (byte)(name.Length + 3), 0, 0, (byte)name.Length, .. name];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 4, 0x0A, 0x0A, 0x13, 0x01, 1, 0, 0, (byte)extension.Length, .. extension];
        return [0x16, 3, 1, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body];
    }

    private static async Task<List<TracedPacket>> ExchangeAsync(SslProtocols version)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Wire wire = new Wire().Handshake();
        var told = new List<TracedPacket>();
        var gate = new Lock();
        Pipe up = new(), down = new();
        await using var client = new SslStream(new Tapped(down.Reader.AsStream(), up.Writer.AsStream(), bytes => Record(true, bytes)));
        await using var server = new SslStream(new Tapped(up.Reader.AsStream(), down.Writer.AsStream(), bytes => Record(false, bytes)));
        using var key = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest("CN=example.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Task serving = server.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = version, ApplicationProtocols = [SslApplicationProtocol.Http11] }, cancellation);
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "example.test",
                EnabledSslProtocols = version,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.Subject == "CN=example.test",
            },
            cancellation);
        await serving;
        await client.WriteAsync("hello"u8.ToArray(), cancellation);
        byte[] heard = new byte[5];
        await server.ReadExactlyAsync(heard, cancellation);
        await client.ShutdownAsync();
        return told;

        void Record(bool fromClient, ReadOnlySpan<byte> bytes)
        {
            lock (gate)
                told.AddRange(wire.Say(fromClient, bytes.ToArray()));
        }
    }

    private sealed class Tapped(Stream input, Stream output, Tapped.Tap written) : Stream
    {
        public delegate void Tap(ReadOnlySpan<byte> bytes);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            written(buffer.AsSpan(offset, count));
            output.Write(buffer, offset, count);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            written(buffer.Span);
            await output.WriteAsync(buffer, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
    }
}
