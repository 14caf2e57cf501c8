using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Soket.Cli.Tests.Interop;

/// <summary><c>connect --starttls</c> against mail and file servers of others, as processes of whoever runs the tests.</summary>
public sealed class StartTlsTests : IDisposable
{
    // A mail server as small as it can be; the TLS is Python's.
    private const string Mail = """
        import socket, ssl, sys
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        peer, _ = listener.accept()
        peer.sendall(b"220 mail.test ESMTP\r\n")
        lines = peer.makefile("rb")
        assert lines.readline().startswith(b"EHLO ")
        peer.sendall(b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n")
        assert lines.readline() == b"STARTTLS\r\n"
        peer.sendall(b"220 2.0.0 Ready\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        safe = context.wrap_socket(peer, server_side=True)
        assert safe.recv(100) == b"NOOP\r\n"
        safe.sendall(b"250 OK\r\n")
        safe.unwrap()
        """;

    private readonly MadeCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Smtp_goes_on_inside_TLS()
    {
        MadeCertificate own = _certificates.Make("localhost", ["127.0.0.1"]);
        await using SoketProcess server = SoketProcess.Peer(Peers.Require("python3"), "-c", Mail, own.Cert, own.Key);
        string port = await server.OutLineAsync(line => line.Length > 0 && line.All(char.IsAsciiDigit));
        Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "NOOP", "--crlf", "--starttls", "smtp", "--cafile", own.Cert, "-v");
        Assert.Equal(("250 OK\r\n", 0), (run.Out, run.ExitCode));
        foreach (string step in (string[])["recv(65536) = 21 \"220 mail.test", "send(18) = 18 \"EHLO [127.0.0.1]", "\"STARTTLS\\r\\n\"", "starttls smtp = 220 2.0.0 Ready", "/tls  tls-handshake = TLS 1.3"])
            Assert.Contains(step, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_looks_at_the_certificate_behind_the_dialogue()
    {
        MadeCertificate own = _certificates.Make("localhost", ["127.0.0.1"]);
        await using SoketProcess server = SoketProcess.Peer(Peers.Require("python3"), "-c", Mail, own.Cert, own.Key);
        string port = await server.OutLineAsync(line => line.Length > 0 && line.All(char.IsAsciiDigit));
        Finished run = await SoketProcess.RunAsync("probe", $"127.0.0.1:{port}", "--starttls", "smtp", "--cafile", own.Cert);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"tls://127.0.0.1:{port}  open ", run.Out, StringComparison.Ordinal);
        Assert.Contains("TLSv1.3", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aiosmtpd_speaks_SMTP()
    {
        MadeCertificate own = _certificates.Make("localhost", ["127.0.0.1"]);
        int port = Ports.Free();
        await using SoketProcess server = SoketProcess.Peer(Peers.Require("aiosmtpd"), "-n", "-l", $"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink", "--tlscert", own.Cert, "--tlskey", own.Key);
        await Peers.AnswersAsync(port);
        Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "EHLO test", "QUIT", "--crlf", "--starttls", "smtp", "--cafile", own.Cert);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("AUTH LOGIN PLAIN", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("STARTTLS", run.Out, StringComparison.Ordinal); // which is offered outside TLS only
        Assert.EndsWith("221 Bye\r\n", run.Out, StringComparison.Ordinal);
        Finished untrusted = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "QUIT", "--crlf", "--starttls", "smtp");
        Assert.Equal(60, untrusted.ExitCode);
        Finished other = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "QUIT", "--crlf", "--starttls", "pop3");
        Assert.Equal(8, other.ExitCode);
        Assert.Contains("which is SMTP", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenSMTPD_agrees()
    {
        // Its own TLS does not work with every OpenSSL, which is told as what it is; the dialogue before is what is looked at.
        string smtpd = Peers.Require("smtpd");
        Assert.SkipUnless(Environment.UserName == "root", "smtpd runs as root only");
        MadeCertificate own = _certificates.Make("localhost", ["127.0.0.1"]);
        int port = Ports.Free();
        string file = Path.Combine(_certificates.Folder, "smtpd.conf");
        await File.WriteAllTextAsync(file, $"pki localhost cert \"{own.Cert}\"\npki localhost key \"{own.Key}\"\nlisten on 127.0.0.1 port {port} tls pki localhost hostname localhost\naction \"none\" expand-only\nmatch from any for any action \"none\"\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(own.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using SoketProcess server = SoketProcess.Peer(smtpd, "-d", "-f", file);
        await Peers.AnswersAsync(port);
        Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "QUIT", "--crlf", "--starttls", "smtp", "--cafile", own.Cert, "-v");
        Assert.Contains("starttls smtp = 220 2.0.0 Ready to start TLS", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dovecot_speaks_IMAP_and_POP3()
    {
        string dovecot = Peers.Require("dovecot");
        MadeCertificate own = _certificates.Make("localhost", ["127.0.0.1"]);
        string folder = _certificates.Folder;
        (int imap, int pop3) = (Ports.Free(), Ports.Free());
        string user = Environment.UserName;
        string file = Path.Combine(folder, "dovecot.conf");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101); // its login processes may be another user's
        await File.WriteAllTextAsync(
            file,
            $$"""
            base_dir = {{folder}}/run
            state_dir = {{folder}}/state
            log_path = /dev/stderr
            protocols = imap pop3
            listen = 127.0.0.1
            default_internal_user = {{user}}
            default_internal_group = {{await GroupAsync()}}
            default_login_user = {{(user == "root" ? "nobody" : user)}}
            ssl = yes
            ssl_cert = <{{own.Cert}}
            ssl_key = <{{own.Key}}
            service anvil {
              chroot =
            }
            service stats {
              chroot =
            }
            service imap-login {
              chroot =
              inet_listener imap {
                port = {{imap}}
              }
              inet_listener imaps {
                port = 0
              }
            }
            service pop3-login {
              chroot =
              inet_listener pop3 {
                port = {{pop3}}
              }
              inet_listener pop3s {
                port = 0
              }
            }
            passdb {
              driver = static
              args = nopassword=y
            }
            userdb {
              driver = static
              args = home={{folder}}
            }

            """,
            TestContext.Current.CancellationToken);
        await using SoketProcess server = SoketProcess.Peer(dovecot, "-F", "-c", file);
        await Peers.AnswersAsync(imap);
        await Peers.AnswersAsync(pop3);
        Finished mailbox = await SoketProcess.RunAsync("connect", $"tls://127.0.0.1:{imap}", "x LOGOUT", "--crlf", "--starttls", "imap", "--cafile", own.Cert);
        Assert.Contains("x OK Logout completed", mailbox.Out, StringComparison.Ordinal);
        Assert.Equal(0, mailbox.ExitCode);
        Finished post = await SoketProcess.RunAsync("connect", $"127.0.0.1:{pop3}", "QUIT", "--crlf", "--starttls", "pop3", "--cafile", own.Cert);
        Assert.Equal(("+OK Logging out\r\n", 0), (post.Out, post.ExitCode));
        Finished untrusted = await SoketProcess.RunAsync("connect", $"127.0.0.1:{pop3}", "QUIT", "--crlf", "--starttls", "pop3");
        Assert.Equal(60, untrusted.ExitCode);
        Finished other = await SoketProcess.RunAsync("connect", $"127.0.0.1:{pop3}", "QUIT", "--crlf", "--starttls", "imap");
        Assert.Equal(8, other.ExitCode);
        Assert.Contains("which is POP3", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vsftpd_speaks_FTP()
    {
        string vsftpd = Peers.Require("vsftpd");
        MadeCertificate own = _certificates.Make("localhost", ["127.0.0.1"]);
        int port = Ports.Free();
        string folder = _certificates.Folder, file = Path.Combine(folder, "vsftpd.conf");
        Directory.CreateDirectory(Path.Combine(folder, "empty"));
        string settings = $"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nrun_as_launching_user=YES\nanonymous_enable=YES\nlocal_enable=NO\nsecure_chroot_dir={folder}/empty\nseccomp_sandbox=NO\nssl_enable=YES\nallow_anon_ssl=YES\nrsa_cert_file={own.Cert}\nrsa_private_key_file={own.Key}\nssl_ciphers=HIGH\n";
        await File.WriteAllTextAsync(file, settings, TestContext.Current.CancellationToken);
        await using (SoketProcess server = SoketProcess.Peer(vsftpd, file))
        {
            await Peers.AnswersAsync(port);
            Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "QUIT", "--crlf", "--starttls", "ftp", "--cafile", own.Cert);
            Assert.Equal(("221 Goodbye.\r\n", 0), (run.Out, run.ExitCode));
        }

        await File.WriteAllTextAsync(file, settings.Replace("ssl_enable=YES", "ssl_enable=NO", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await using (SoketProcess server = SoketProcess.Peer(vsftpd, file))
        {
            await Peers.AnswersAsync(port);
            Finished run = await SoketProcess.RunAsync("connect", $"127.0.0.1:{port}", "QUIT", "--crlf", "--starttls", "ftp");
            Assert.Equal(64, run.ExitCode);
            Assert.Contains("soket explain starttls-refused", run.Error, StringComparison.Ordinal); // vsftpd says 530 to everything before a login
        }
    }

    [Theory]
    [InlineData("connect :25 --starttls gopher", "smtp|imap|pop3|ftp")]
    [InlineData("connect ws://localhost:80 --starttls smtp", "begins in plain TCP")]
    [InlineData("connect udp://localhost:25 --starttls smtp", "begins in plain TCP")]
    public async Task What_cannot_be_is_told_before_anything_connects(string command, string part)
    {
        Finished run = await SoketProcess.RunAsync(command.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }

    private static async Task<string> GroupAsync()
    {
        await using SoketProcess id = SoketProcess.Peer(Peers.Require("id"), "-gn");
        return (await id.EndAsync()).Out.Trim();
    }
}
