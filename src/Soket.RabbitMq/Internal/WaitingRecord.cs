using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Soket.RabbitMq.Internal;

/// <summary>A record on its way to a log.</summary>
internal sealed class WaitingRecord(string log, ReadOnlyMemory<byte> bytes)
{
    public string Log { get; } = log;

    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>What it is known by when it comes back.</summary>
    public UInt128 Key { get; } = KeyOf(bytes.Span);

    /// <summary>Whether the broker has it.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Whether it has come out of the log.</summary>
    public bool IsRead { get; set; }

    public static UInt128 KeyOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(bytes));
}
