using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;

namespace Soket.Dns.Zones;

/// <summary>
/// Queries on a stream, each with its length before it, answered in their order (RFC 7766), over TCP or TLS. A whole zone (AXFR, RFC 5936; IXFR, RFC 1995, gets it too) is given to this
/// machine alone: what stands in it is often nobody else's business.
/// </summary>
/// <param name="authority">Answers.</param>
public sealed class DnsZoneStreams(DnsAuthority authority) : ConnectionHandler
{
    private const int TransferPiece = 16 * 1024; // of a message; names far in are compressed against those near its beginning (RFC 5936 3.4)

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            bool open = true;
            while (open && TryTake(ref buffer, out byte[] query))
                open = await AnswerAsync(connection, query, output).ConfigureAwait(false);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (!open || read.IsCompleted || read.IsCanceled)
                break;
        }

        await output.CompleteAsync().ConfigureAwait(false);
    }

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, out byte[] query)
    {
        query = [];
        Span<byte> length = stackalloc byte[2];
        if (buffer.Length < 2)
            return false;
        buffer.Slice(0, 2).CopyTo(length);
        int count = BinaryPrimitives.ReadUInt16BigEndian(length);
        if (buffer.Length < 2 + count)
            return false;
        query = buffer.Slice(2, count).ToArray();
        buffer = buffer.Slice(2 + count);
        return true;
    }

    // False ends the connection: whoever sends what is no query speaks another protocol.
    private async ValueTask<bool> AnswerAsync(ConnectionContext connection, byte[] query, PipeWriter output)
    {
        if (IsHere(connection.RemoteEndPoint) && DnsMessage.TryParse(query, out DnsMessage? asked, out _) && authority.Transferred(asked) is { } zone)
            return await TransferAsync(asked, zone, output).ConfigureAwait(false);
        if (authority.Answer(query, isStream: true) is not { } reply)
            return false;
        return await WriteAsync(reply, output).ConfigureAwait(false);
    }

    private static async ValueTask<bool> TransferAsync(DnsMessage query, DnsZone zone, PipeWriter output)
    {
        var piece = new List<DnsRecord>();
        int length = 0;
        // RFC 1995 2: to whoever has this version already, its SOA alone says so.
        foreach (DnsRecord record in IsCurrent(query, zone) ? [zone.Soa] : zone.Records.Append(zone.Soa))
        {
            // Without compression it is longer than it will be.
            int more = record.Name.Wire.Length + 10 + record.Data.ToBytes().Length;
            if (length + more > TransferPiece && piece.Count > 0)
            {
                if (!await SendAsync().ConfigureAwait(false))
                    return false;
                (piece, length) = ([], 0);
            }

            piece.Add(record);
            length += more;
        }

        return await SendAsync().ConfigureAwait(false);

        ValueTask<bool> SendAsync() => WriteAsync(
            new DnsMessage { Id = query.Id, Flags = DnsHeaderBits.Response | DnsHeaderBits.Authoritative, Questions = query.Questions, Answers = piece }.ToBytes(), output);
    }

    private static bool IsCurrent(DnsMessage query, DnsZone zone) =>
        query.Questions[0].Type == DnsType.Ixfr && query.Authorities is [{ Data: SoaData has }, ..] && has.Serial == ((SoaData)zone.Soa.Data).Serial;

    private static async ValueTask<bool> WriteAsync(byte[] reply, PipeWriter output)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)reply.Length);
        output.Advance(2);
        output.Write(reply);
        FlushResult flush = await output.FlushAsync().ConfigureAwait(false);
        return !flush.IsCompleted && !flush.IsCanceled;
    }

    private static bool IsHere(EndPoint? peer) => peer switch
    {
        IPEndPoint { Address: var address } => IPAddress.IsLoopback(address) || (address.IsIPv4MappedToIPv6 && IPAddress.IsLoopback(address.MapToIPv4())),
        UnixDomainSocketEndPoint => true,
        _ => false,
    };
}
