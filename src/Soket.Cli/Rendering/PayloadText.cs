using System.Buffers;
using System.Text;

namespace Soket.Cli.Rendering;

/// <summary>
/// A peer's payload on a terminal: as <see cref="TerminalText"/>, but line ends and tabs pass and backslashes are not doubled, because this is the
/// text itself. A character that two receives share is put together again. A carriage return passes only before a newline: alone it would let a peer write over
/// what stands on the line.
/// </summary>
internal sealed class PayloadText
{
    private readonly byte[] _carry = new byte[4];
    private int _carried;

    /// <summary>The next bytes as text; an unfinished character waits for the next call.</summary>
    public string Append(ReadOnlySpan<byte> bytes) => Convert(bytes, final: false);

    /// <summary>What still waits, at the end of the stream.</summary>
    public string Flush() => Convert([], final: true);

    private string Convert(ReadOnlySpan<byte> bytes, bool final)
    {
        byte[] joined = [.. _carry.AsSpan(0, _carried), .. bytes];
        _carried = 0;
        ReadOnlySpan<byte> rest = joined;
        var text = new StringBuilder(joined.Length);
        while (!rest.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(rest, out Rune rune, out int length);
            bool unfinished = status == OperationStatus.NeedMoreData || (rune.Value == '\r' && rest.Length == 1);
            if (unfinished && !final)
            {
                rest.CopyTo(_carry);
                _carried = rest.Length;
                break;
            }

            if (status != OperationStatus.Done)
                text.Append(TerminalText.Escape(rest[..length]));
            else if (rune.Value is '\n' or '\t' || (rune.Value == '\r' && rest.Length > 1 && rest[1] == '\n'))
                text.Append((char)rune.Value);
            else
                TerminalText.AppendRune(text, rune);
            rest = rest[length..];
        }

        return text.ToString();
    }
}
