using System.Buffers.Binary;
using System.Net;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>The order of the table's rows. Equal ones keep the usual order, so that rows do not jump.</summary>
internal sealed record SocketOrder(string Key, bool Reversed)
{
    private static readonly (string Key, Func<SocketEntry, IComparable?> Of)[] Orders =
    [
        ("state", static _ => 0),
        ("port", static socket => Port(socket.Local)),
        ("remote", static socket => SocketText.Address(socket.Remote)),
        ("program", static socket => socket.Holders is [var holder, ..] ? holder.Program : "\uFFFF"),
        ("pid", static socket => socket.Holders is [var holder, ..] ? holder.ProcessId : int.MaxValue),
        ("receive", static socket => -(socket.ReceiveQueue ?? 0)), // what is most is what is looked for
        ("send", static socket => -(socket.SendQueue ?? 0)),
        ("rtt", static socket => -(socket.Info?.RoundTrip ?? TimeSpan.Zero)),
    ];

    /// <summary>What listens first, then what is unconnected, then by protocol, port and peer.</summary>
    public static SocketOrder Usual { get; } = new("state", Reversed: false);

    public static IReadOnlyList<string> Keys { get; } = [.. Orders.Select(order => order.Key)];

    /// <summary>The order after this one, round and round.</summary>
    public SocketOrder Next() => this with { Key = Keys[(Keys.ToList().IndexOf(Key) + 1) % Keys.Count] };

    public IEnumerable<SocketEntry> Apply(IEnumerable<SocketEntry> sockets)
    {
        // What is compared is taken once from each: a long table is compared a hundred thousand times.
        Func<SocketEntry, IComparable?>? of = Key == Usual.Key ? null : Orders.First(order => order.Key == Key).Of;
        Row[] rows = [.. sockets.Select((socket, index) => new Row(socket, of?.Invoke(socket), Rank(socket), Place.Of(socket.Local), Place.Of(socket.Remote), index))];
        Array.Sort(rows);
        if (Reversed)
            Array.Reverse(rows);
        return rows.Select(row => row.Socket);
    }

    private static int Rank(SocketEntry socket) =>
        (socket.State switch { SocketTableState.Listen => 0, SocketTableState.Unconnected => 2, _ => 4 }) + (socket.IsInet ? 0 : 1);

    private static int Port(EndPoint? endpoint) => (endpoint as IPEndPoint)?.Port ?? 0;

    // A class, since sorting moves rows about and a place is large.
    private sealed record Row(SocketEntry Socket, IComparable? Key, int Rank, Place Local, Place Remote, int Index) : IComparable<Row>
    {
        public int CompareTo(Row? other)
        {
            if (other is null)
                return 1;
            int order = Key?.CompareTo(other.Key) ?? 0;
            order = order != 0 ? order : Rank - other.Rank;
            order = order != 0 ? order : string.CompareOrdinal(Socket.Protocol, other.Socket.Protocol);
            order = order != 0 ? order : Local.Port - other.Local.Port;
            order = order != 0 ? order : Local.CompareTo(other.Local);
            order = order != 0 ? order : Remote.CompareTo(other.Remote);
            return order != 0 ? order : Index - other.Index;
        }
    }

    // By number where there are numbers: thousands of addresses are not turned into text for that. Two halves, since code on a UInt128 is not compiled ahead of time.
    private readonly record struct Place(int Length, ulong High, ulong Low, int Port, string? Text) : IComparable<Place>
    {
        public static Place Of(EndPoint? endpoint)
        {
            if (endpoint is not IPEndPoint ip)
                return new(0, 0, 0, 0, endpoint?.ToString());
            Span<byte> bytes = stackalloc byte[16];
            bytes.Clear();
            ip.Address.TryWriteBytes(bytes, out int length);
            return new(length, BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), ip.Port, null);
        }

        public int CompareTo(Place other)
        {
            int order = Length - other.Length;
            order = order != 0 ? order : High.CompareTo(other.High);
            order = order != 0 ? order : Low.CompareTo(other.Low);
            order = order != 0 ? order : Port - other.Port;
            return order != 0 ? order : string.CompareOrdinal(Text, other.Text);
        }
    }
}
