using System.Net.Sockets;

namespace Soket.Cli.Tests.Interop;

/// <summary>nginx on free ports of 127.0.0.1, with a folder of its own: plain and TLS, ranges, chunks, gzip, redirects.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private static readonly string[] Scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    private readonly SoketProcess _process;
    private readonly TemporaryFolder _folder;

    private NginxServer(SoketProcess process, TemporaryFolder folder, int port, int tlsPort) => (_process, _folder, Port, TlsPort) = (process, folder, port, tlsPort);

    public int Port { get; }

    public int TlsPort { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public string TlsUrl => $"https://localhost:{TlsPort}";

    public string UnixPath => Path.Combine(_folder.Path, "nginx.sock");

    public string Files => Path.Combine(_folder.Path, "www");

    public static async Task<NginxServer> StartAsync(MadeCertificate certificate)
    {
        string nginx = Peers.Require("nginx");
        var folder = new TemporaryFolder();
        string files = Path.Combine(folder.Path, "www");
        Directory.CreateDirectory(files);
        await File.WriteAllTextAsync(Path.Combine(files, "text.txt"), string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"line {i} of a text")));
        byte[] blob = new byte[3_000_000];
        new Random(1).NextBytes(blob);
        await File.WriteAllBytesAsync(Path.Combine(files, "blob"), blob);
        await File.WriteAllTextAsync(Path.Combine(files, "index.html"), "<p>halo ✓</p>\n");
        int port = Ports.Free(), tlsPort = Ports.Free();
        string scratch = string.Join(' ', Scratch.Select(kind => $"{kind}_temp_path {folder.Path}/{kind};"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "nginx.conf"), $$"""
            daemon off; master_process off; pid {{folder.Path}}/pid; error_log stderr notice;
            events { worker_connections 64; }
            http {
              access_log off; {{scratch}}
              types { text/html html; text/plain txt; } default_type application/octet-stream;
              server {
                listen 127.0.0.1:{{port}}; listen 127.0.0.1:{{tlsPort}} ssl; listen unix:{{folder.Path}}/nginx.sock;
                ssl_certificate {{certificate.Cert}}; ssl_certificate_key {{certificate.Key}};
                root {{files}};
                location /gz/ { alias {{files}}/; gzip on; gzip_types *; gzip_min_length 1; }
                location = /one { add_header Set-Cookie "s=1; Path=/"; return 302 /two; }
                location = /set { add_header Set-Cookie "s=1; Path=/"; return 302 /index.html; }
                location = /two { return 301 $scheme://$http_host/echo; }
                location = /loop { return 302 /loop; }
                location = /busy { return 503 "busy\n"; }
                location = /down { return 302 http://127.0.0.1:{{port}}/index.html; }
                location = /echo { return 200 "$request_method|$http_authorization|$http_cookie|$content_type|$content_length\n"; }
              }
            }
            """);
        SoketProcess process = SoketProcess.Peer(nginx, "-p", folder.Path, "-c", Path.Combine(folder.Path, "nginx.conf"));
        // It says that it starts before its sockets can be asked in every case; a connection is the proof.
        await process.ErrorLineAsync(line => line.Contains("start worker", StringComparison.Ordinal) || line.Contains("using the \"epoll\"", StringComparison.Ordinal));
        using var proof = new TcpClient();
        await proof.ConnectAsync("127.0.0.1", port);
        return new NginxServer(process, folder, port, tlsPort);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
