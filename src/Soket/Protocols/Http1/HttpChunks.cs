using System.Buffers;
using System.Globalization;
using System.Text;

namespace Soket.Protocols.Http1;

/// <summary>Writes the chunked transfer coding (RFC 9112 7.1): for a body whose length is not known beforehand.</summary>
public static class HttpChunks
{
    /// <summary>Writes one chunk; nothing for no bytes, since a chunk of size 0 would end the body.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="output">Where to.</param>
    public static void Write(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        if (content.IsEmpty)
            return;
        Encoding.ASCII.GetBytes(content.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n", output);
        output.Write(content);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes the last chunk, without trailers: the body has ended.</summary>
    /// <param name="output">Where to.</param>
    public static void WriteEnd(IBufferWriter<byte> output) => output.Write("0\r\n\r\n"u8);
}
