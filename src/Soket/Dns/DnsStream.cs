using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Explain;
using Soket.Protocols.Dns;

namespace Soket.Dns;

/// <summary>Messages on a stream: two bytes of length before each (RFC 1035 4.2.2).</summary>
internal sealed class DnsStream : IAsyncDisposable
{
    private const int AlertLength = 7; // bytes: the record's header, the level, what it says
    private readonly DnsServer _server;
    private readonly ConnectionContext _connection;

    private DnsStream(DnsServer server, ConnectionContext connection)
    {
        _server = server;
        _connection = connection;
    }

    public static async Task<DnsStream> ConnectAsync(DnsServer server, DnsTransport transport, SocketClientOptions options, CancellationToken cancellationToken)
    {
        if (options.Tls is { ApplicationProtocols.Count: 0 } tls)
            options = options with { Tls = tls with { ApplicationProtocols = [new SslApplicationProtocol("dot")] } };
        return new(server, await SocketClient.ConnectAsync(server.Endpoint(transport), options, cancellationToken).ConfigureAwait(false));
    }

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        // In one write, so that they go in one segment (RFC 7766 8).
        byte[] framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        await _connection.Transport.Output.WriteAsync(framed, cancellationToken).ConfigureAwait(false);
    }

    public async Task<ReadOnlyMemory<byte>> ReceiveAsync(DnsMessage query, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> prefix = await ReadAsync(2, default, query, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(BinaryPrimitives.ReadUInt16BigEndian(prefix.Span), prefix, query, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(int count, ReadOnlyMemory<byte> prefix, DnsMessage query, CancellationToken cancellationToken)
    {
        PipeReader input = _connection.Transport.Input;
        ReadResult result = await input.ReadAtLeastAsync(count, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.Length < count && IsAlert([.. prefix.Span, .. result.Buffer.Slice(0, Math.Min(result.Buffer.Length, AlertLength)).ToArray()], out byte[] alert))
            throw DnsFailures.SpeaksTls(_server, query, alert);
        if (result.Buffer.Length < count)
            throw DnsFailures.Malformed(_server, query, "The server ended the connection before its reply was whole");
        byte[] bytes = result.Buffer.Slice(0, count).ToArray();
        input.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    // A TLS alert (RFC 8446 5.1, 6) as the length of a message would be one of over 5,000 bytes, which the server then does not send.
    private static bool IsAlert(byte[] head, out byte[] alert)
    {
        alert = head.Length > AlertLength ? head[..AlertLength] : head;
        return alert is [0x15, 0x03, <= 4, 0, 2, ..];
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
