using System.Buffers.Binary;
using System.Text;

namespace Soket.Cli.Tests.Telemetry;

/// <summary>A protobuf message taken apart by field numbers (protobuf.dev/programming-guides/encoding); what the fields mean stands in opentelemetry-proto.</summary>
internal sealed class Protobuf
{
    private readonly List<(int Field, ulong Number, byte[]? Bytes)> _fields = [];

    public Protobuf(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ulong tag = Varint(ref bytes);
            int field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((field, Varint(ref bytes), null));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(bytes), null));
                    bytes = bytes[8..];
                    break;
                case 2:
                    int length = (int)Varint(ref bytes);
                    _fields.Add((field, 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(bytes), null));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}.");
            }
        }
    }

    public IEnumerable<Protobuf> Messages(int field) => _fields.Where(one => one.Field == field && one.Bytes is not null).Select(one => new Protobuf(one.Bytes));

    public string Text(int field) => Encoding.UTF8.GetString(_fields.Last(one => one.Field == field).Bytes!);

    public ulong Number(int field) => _fields.LastOrDefault(one => one.Field == field).Number;

    /// <summary>Repeated KeyValue { key = 1; AnyValue value = 2 { string = 1, int = 3 } } as text.</summary>
    public Dictionary<string, string> Attributes(int field) => Messages(field).ToDictionary(
        pair => pair.Text(1),
        pair => pair.Messages(2).Single() is var value && value._fields is [{ Bytes: { } text }, ..]
            ? Encoding.UTF8.GetString(text)
            : ((long)pair.Messages(2).Single()._fields[0].Number).ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
