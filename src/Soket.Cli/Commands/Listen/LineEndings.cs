namespace Soket.Cli.Commands.Listen;

/// <summary>LF to CR LF, as many text protocols want; a CR LF stays one, also when two reads cut it.</summary>
internal sealed class LineEndings
{
    private byte _last;

    public byte[] ToCrlf(ReadOnlySpan<byte> bytes)
    {
        var result = new List<byte>(bytes.Length + 16);
        foreach (byte b in bytes)
        {
            if (b == '\n' && _last != '\r')
                result.Add((byte)'\r');
            result.Add(b);
            _last = b;
        }

        return [.. result];
    }
}
