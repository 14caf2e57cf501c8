using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Soket.Protocols.WebSocket;

/// <summary>Whether bytes that come in pieces are UTF-8 (RFC 3629): a character may be split between two pieces, but not cut off at the end.</summary>
public struct Utf8Check
{
    private uint _rest; // the bytes of a character begun, the first one highest, from the low end
    private int _restLength;

    /// <summary>Takes the next piece.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>False as soon as no continuation could make them right.</returns>
    public bool Next(ReadOnlySpan<byte> bytes)
    {
        Span<byte> joined = stackalloc byte[4];
        while (_restLength > 0 && !bytes.IsEmpty)
        {
            for (int i = 0; i < _restLength; i++)
                joined[i] = (byte)(_rest >> (8 * (_restLength - 1 - i)));
            joined[_restLength] = bytes[0];
            bytes = bytes[1..];
            switch (Rune.DecodeFromUtf8(joined[..(_restLength + 1)], out _, out int used))
            {
                case OperationStatus.Done when used == _restLength + 1:
                    _restLength = 0;
                    break;
                case OperationStatus.NeedMoreData:
                    _rest = (_rest << 8) | joined[_restLength++];
                    break;
                default:
                    return false;
            }
        }

        if (bytes.IsEmpty)
            return true;

        // At most the last three bytes belong to a character that goes on.
        for (int back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            byte b = bytes[^back];
            if ((b & 0xc0) == 0x80)
                continue;
            if (b >= 0xc0 && Rune.DecodeFromUtf8(bytes[^back..], out _, out _) == OperationStatus.NeedMoreData)
            {
                foreach (byte begun in bytes[^back..])
                    _rest = (_rest << 8) | begun;
                _restLength = back;
                bytes = bytes[..^back];
            }

            break;
        }

        return Utf8.IsValid(bytes);
    }

    /// <summary>Ends a text; the check is then new.</summary>
    /// <returns>Whether no character was cut off.</returns>
    public bool End()
    {
        bool whole = _restLength == 0;
        this = default;
        return whole;
    }
}
