using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.Middleware.Tls;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Tls;

public sealed class TlsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static TlsClientSettings Trusting(X509Certificate2 certificate, string host = "localhost") => new() { TargetHost = host, TrustedRoots = [certificate] };

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("example.test")]
    public async Task A_cafile_that_is_the_server_certificate_is_trusted_for_its_names(string host)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create(["example.test"]);
        await using var pair = await Pair.ConnectAsync();
        (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(certificate, Trusting(certificate, host));
        await Task.WhenAll(server, client).Guarded();
    }

    [Fact]
    public async Task Nobody_trusts_a_development_certificate_unasked()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        SocketFailure failure = await RefusedAsync(certificate, new TlsClientSettings { TargetHost = "localhost" });
        Assert.Equal("TLS_UNTRUSTED", failure.Error.Name);
        Assert.Equal(SocketCall.TlsHandshake, failure.Call);
        Assert.Equal("tls", failure.Context.Transport);
        Assert.Equal("localhost", failure.Context.Host);
        Assert.Equal(DevelopmentCertificate.Fingerprint(certificate), failure.Context.Facts["tls.fingerprint"]);
        Assert.Equal(certificate.Subject, failure.Context.Facts["tls.subject"]);
        Assert.Contains("localhost", failure.Context.Facts["tls.names"], StringComparison.Ordinal);
        Assert.NotNull(failure.Context.Remote);
    }

    [Fact]
    public async Task Another_name_is_a_name_mismatch()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        SocketFailure failure = await RefusedAsync(certificate, Trusting(certificate, "other.test"));
        Assert.Equal("TLS_NAME_MISMATCH", failure.Error.Name);
        Assert.Equal("other.test", failure.Context.Facts["tls.expected-name"]);
    }

    [Theory]
    [InlineData(-60, "TLS_EXPIRED")]
    [InlineData(60, "TLS_NOT_YET_VALID")]
    public async Task Dates_are_told_apart(int days, string expected)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create(time: new ShiftedTime(TimeSpan.FromDays(days)));
        Assert.Equal(expected, (await RefusedAsync(certificate, Trusting(certificate))).Error.Name);
    }

    [Fact]
    public async Task A_private_authority_is_trusted_and_the_name_is_still_checked()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Private CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leafRequest = new CertificateRequest("CN=leaf", leafKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("service.test");
        leafRequest.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = leafRequest.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        using X509Certificate2 leaf = signed.CopyWithPrivateKey(leafKey);

        await using (var pair = await Pair.ConnectAsync())
        {
            (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(leaf, Trusting(authority, "service.test"));
            await Task.WhenAll(server, client).Guarded();
        }

        await using (var pair = await Pair.ConnectAsync())
        {
            (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(leaf, Trusting(leaf, "service.test"));
            await Task.WhenAll(server, client).Guarded();
        }

        Assert.Equal("TLS_NAME_MISMATCH", (await RefusedAsync(leaf, Trusting(authority))).Error.Name);
    }

    [Fact]
    public async Task A_pinned_fingerprint_trusts_exactly_that_certificate()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        using X509Certificate2 other = DevelopmentCertificate.Create();
        string pin = DevelopmentCertificate.Fingerprint(certificate).Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        await using var pair = await Pair.ConnectAsync();
        (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(certificate, new TlsClientSettings { TargetHost = "whatever.test", Fingerprint = pin });
        await Task.WhenAll(server, client).Guarded();
        Assert.False(pair.Recorder.HasNote("tls-unverified"));
        Assert.Equal("TLS_UNTRUSTED", (await RefusedAsync(other, new TlsClientSettings { TargetHost = "localhost", Fingerprint = pin, Insecure = true })).Error.Name);
        Assert.Throws<FormatException>(() => DevelopmentCertificate.FormatFingerprint("AB:CD"));
    }

    [Fact]
    public async Task The_handshake_is_told_with_what_was_agreed_and_insecure_says_so()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using var pair = await Pair.ConnectAsync();
        (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(certificate, new TlsClientSettings { TargetHost = "x.test", Insecure = true, ApplicationProtocols = [new("echo/1")] }, [new("other"), new("echo/1")]);
        await Task.WhenAll(server, client).Guarded();
        Assert.Equal("echo/1", (await server).NegotiatedApplicationProtocol.ToString());
        Assert.Equal("x.test", (await server).TargetHostName);
        Assert.True(pair.Recorder.HasNote("tls-unverified"));

        SocketEvent told = Assert.Single(pair.Recorder.Of(SocketCall.TlsHandshake), e => e.Role == SocketRole.Client);
        Assert.StartsWith("TLSv1.", told.Value, StringComparison.Ordinal);
        Assert.Contains("alpn=echo/1", told.Value, StringComparison.Ordinal);
        Assert.Contains(DevelopmentCertificate.Fingerprint(certificate), told.Value, StringComparison.Ordinal);
        Assert.Equal("tls", told.Transport);
        Assert.Equal(pair.Client.Features.Get<ISoketConnectionFeature>()!.Scope!.Id, told.Parent);
        Assert.NotNull(pair.Client.Features.Get<ITlsFeature>()?.Scope);
    }

    [Theory]
    [InlineData("hello, world\n", true)]
    [InlineData("G", true)]
    [InlineData("220 mail.test ESMTP\r\n", false)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", false)]
    public async Task Plain_text_where_TLS_was_expected_is_recognised(string sent, bool atServer)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using var pair = await Pair.ConnectAsync();
        ConnectionContext speaker = atServer ? pair.Client : pair.Server;
        await speaker.Transport.Output.WriteAsync(System.Text.Encoding.ASCII.GetBytes(sent), Cancelled).Guarded();
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => (atServer ? pair.AtServer(certificate) : pair.AtClient(Trusting(certificate))).Guarded());
        Assert.Equal("TLS_PLAINTEXT_PEER", failure.Error.Name);
        Assert.Equal(Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(sent)), failure.Context.Facts["tls.first-bytes"]);
    }

    [Fact]
    public async Task An_echo_of_the_own_hello_is_no_TLS_server()
    {
        await using var pair = await Pair.ConnectAsync();
        Task<SslStream> client = pair.AtClient(new TlsClientSettings { TargetHost = "localhost" });
        ReadResult hello = await pair.Server.Transport.Input.ReadAsync(Cancelled).Guarded();
        await pair.Server.Transport.Output.WriteAsync(hello.Buffer.ToArray(), Cancelled).Guarded();
        Assert.Equal("TLS_PLAINTEXT_PEER", (await Assert.ThrowsAsync<SocketFailure>(() => client.Guarded())).Error.Name);
    }

    [Fact]
    public async Task A_peer_that_leaves_resets_or_stays_silent_is_told_apart()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using (var pair = await Pair.ConnectAsync())
        {
            await pair.Client.DisposeAsync();
            Assert.Equal("TLS_CLOSED", (await Assert.ThrowsAsync<SocketFailure>(() => pair.AtServer(certificate).Guarded())).Error.Name);
        }

        await using (var pair = await Pair.ConnectAsync())
        {
            pair.Client.Abort();
            Assert.Equal("ECONNRESET", (await Assert.ThrowsAsync<SocketFailure>(() => pair.AtServer(certificate).Guarded())).Error.Name);
        }

        await using (var pair = await Pair.ConnectAsync())
        {
            SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => pair.AtClient(Trusting(certificate) with { HandshakeTimeout = TimeSpan.FromMilliseconds(50) }).Guarded());
            Assert.Equal(SystemError.Timeout, failure.Error);
            Assert.Equal(SocketCall.TlsHandshake, failure.Call);
        }
    }

    [Fact]
    public async Task A_handshake_without_common_ground_names_the_alert()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using var pair = await Pair.ConnectAsync();
        (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(certificate, Trusting(certificate) with { ApplicationProtocols = [new("a")] }, [new("b")]);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.Guarded());
        await Assert.ThrowsAsync<SocketFailure>(() => server.Guarded());
        Assert.Equal("TLS_HANDSHAKE", failure.Error.Name);
        Assert.Equal("no_application_protocol", failure.Context.Facts["tls.alert"]);
    }

    [Fact]
    public async Task An_end_without_close_notify_is_told()
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        await using var pair = await Pair.ConnectAsync();
        IDuplexPipe below = pair.Client.Transport;
        (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(certificate, Trusting(certificate));
        await Task.WhenAll(server, client).Guarded();
        await below.Output.CompleteAsync().Guarded();
        Assert.True((await pair.Server.Transport.Input.ReadAsync(Cancelled).Guarded()).IsCompleted);
        Assert.True(pair.Recorder.HasNote("tls-truncated"));
    }

    [Fact]
    public void Certificates_are_read_from_files_or_the_message_says_why_not()
    {
        string folder = Directory.CreateTempSubdirectory("soket-tls").FullName;
        try
        {
            using X509Certificate2 certificate = DevelopmentCertificate.Create();
            using X509Certificate2 other = DevelopmentCertificate.Create();
            string At(string name, string? text = null)
            {
                string path = Path.Combine(folder, name);
                if (text is not null)
                    File.WriteAllText(path, text);
                return path;
            }

            string pem = At("cert.pem", certificate.ExportCertificatePem());
            string key = At("key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            string otherKey = At("other.pem", other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            string chain = At("chain.pem", certificate.ExportCertificatePem() + "\n" + other.ExportCertificatePem());
            File.WriteAllBytes(At("cert.pfx"), certificate.Export(X509ContentType.Pfx, "secret"));

            Assert.True(CertificateFiles.LoadServer(pem, key).Certificate.HasPrivateKey);
            Assert.Single(CertificateFiles.LoadServer(chain, key).Intermediates!);
            Assert.Equal(certificate.Thumbprint, CertificateFiles.LoadServer(At("cert.pfx"), password: "secret").Certificate.Thumbprint);
            Assert.Equal(2, CertificateFiles.LoadRoots(chain).Count);
            Expect(() => CertificateFiles.LoadServer(At("missing.pem"), key), "does not exist");
            Expect(() => CertificateFiles.LoadServer(pem), "without its private key");
            Expect(() => CertificateFiles.LoadServer(pem, otherKey), "does not belong");
            Expect(() => CertificateFiles.LoadServer(At("cert.pfx"), password: "wrong"), "password");
            Expect(() => CertificateFiles.LoadRoots(key), "a certificate is wanted here");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static void Expect(Action load, string part)
        {
            CertificateFileException failure = Assert.Throws<CertificateFileException>(load);
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
            Assert.Contains(failure.Key, CertificateFileException.Keys);
            Assert.NotEqual(failure.Message, failure.Describe(Language.Indonesian));
        }
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Both_ends_know_whether_a_session_is_gone_on_with(SslProtocols version)
    {
        using X509Certificate2 certificate = DevelopmentCertificate.Create();
        var server = new TlsServerSettings { Certificate = certificate, Versions = version };
        var told = new List<(bool? Client, bool? Server)>();
        for (int round = 0; round < 2; round++)
        {
            await using var pair = await Pair.ConnectAsync();
            await Task.WhenAll(TlsMiddleware.AuthenticateAsServerAsync(pair.Server, server, Cancelled), pair.AtClient(Trusting(certificate) with { Resumes = true })).Guarded();
            // The session comes with the first bytes.
            await pair.Server.Transport.Output.WriteAsync("halo"u8.ToArray(), Cancelled);
            await pair.Client.Transport.Input.ReadAtLeastAsync(4, Cancelled);
            told.Add((pair.Client.Features.Get<ITlsFeature>()!.IsResumed, pair.Server.Features.Get<ITlsFeature>()!.IsResumed));
        }

        Assert.Equal([(false, false), (true, true)], told);
    }

    private static async Task<SocketFailure> RefusedAsync(X509Certificate2 certificate, TlsClientSettings settings)
    {
        await using var pair = await Pair.ConnectAsync();
        (Task<SslStream> server, Task<SslStream> client) = pair.Handshake(certificate, settings);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => client.Guarded());
        await pair.Client.DisposeAsync();
        Exception? told = await Record.ExceptionAsync(() => server.Guarded());
        Assert.True(told is null or SocketFailure, told?.ToString());
        Assert.Contains(pair.Recorder.Of(SocketCall.TlsHandshake), e => e.Failure is not null);
        return failure;
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    private sealed record Pair(ConnectionContext Client, ConnectionContext Server, EventRecorder Recorder) : IAsyncDisposable
    {
        public static async Task<Pair> ConnectAsync()
        {
            var recorder = new EventRecorder();
            var transport = new ManagedTransport(new() { Events = recorder.Events });
            await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
            ConnectionContext client = await transport.ConnectAsync(listener.EndPoint);
            return new Pair(client, (await listener.AcceptAsync())!, recorder);
        }

        public Task<SslStream> AtServer(X509Certificate2 certificate, params SslApplicationProtocol[] protocols) =>
            TlsMiddleware.AuthenticateAsServerAsync(Server, new TlsServerSettings { Certificate = certificate, ApplicationProtocols = protocols });

        public Task<SslStream> AtClient(TlsClientSettings settings) => TlsMiddleware.AuthenticateAsClientAsync(Client, settings);

        public (Task<SslStream> Server, Task<SslStream> Client) Handshake(X509Certificate2 certificate, TlsClientSettings settings, SslApplicationProtocol[]? protocols = null) =>
            (AtServer(certificate, protocols ?? []), AtClient(settings));

        public async ValueTask DisposeAsync() => await Task.WhenAll(Client.DisposeAsync().AsTask(), Server.DisposeAsync().AsTask()).Guarded();
    }
}
