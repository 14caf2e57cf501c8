using System.Text;

namespace Soket.Protocols.Dns.Records;

/// <summary>Base 32 with the alphabet that keeps the order, without padding (RFC 4648 7, RFC 5155 3.3).</summary>
internal static class Base32Hex
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        int bits = 0, held = 0;
        foreach (byte b in bytes)
        {
            held = held << 8 | b;
            for (bits += 8; bits >= 5; bits -= 5)
                text.Append(Alphabet[held >> bits - 5 & 31]);
            held &= (1 << bits) - 1;
        }

        if (bits > 0)
            text.Append(Alphabet[held << 5 - bits & 31]);
        return text.ToString();
    }

    public static bool TryParse(string text, out byte[] bytes)
    {
        var list = new List<byte>();
        int bits = 0, held = 0;
        bytes = [];
        foreach (char c in text)
        {
            int value = Alphabet.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (value < 0)
                return false;
            held = held << 5 | value;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                list.Add((byte)(held >> bits));
                held &= (1 << bits) - 1;
            }
        }

        // What is left over fills the last character and says nothing.
        bytes = [.. list];
        return bits < 5 && held == 0 && list.Count > 0;
    }
}
