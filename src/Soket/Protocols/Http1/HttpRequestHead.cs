using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Soket.Protocols.Http1;

/// <summary>The head of a request (RFC 9112 3): <c>GET /chat HTTP/1.1</c> and its fields.</summary>
/// <param name="Method">The method, a token; case matters.</param>
/// <param name="Target">The target as it was written.</param>
/// <param name="Minor">The minor version: 1 of HTTP/1.1.</param>
/// <param name="Fields">The fields.</param>
public sealed record HttpRequestHead(string Method, string Target, int Minor, HttpFields Fields)
{
    /// <summary>Reads a head, if all of it is there.</summary>
    /// <param name="buffer">Bytes received; what was read is taken off its front.</param>
    /// <param name="limits">How large it may be.</param>
    /// <param name="head">The head.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <returns>Whether it was there, is not complete, or is wrong; what is wrong is told as soon as it can be seen.</returns>
    public static HttpHeadResult TryRead(ref ReadOnlySequence<byte> buffer, HttpHeadLimits limits, out HttpRequestHead? head, out HttpHeadError error)
    {
        head = null;
        var reader = new HttpHeadReader(isRequest: true, limits);
        HttpHeadResult result = reader.Read(ref buffer, out error);
        if (result == HttpHeadResult.Head)
            head = new(reader.First, reader.Second, reader.Minor, new HttpFields(reader.Fields));
        return result;
    }

    /// <summary>Writes the head, with the empty line that ends it.</summary>
    /// <param name="output">Where to.</param>
    /// <exception cref="ArgumentException">A part of it cannot stand in a head: a line break in a value, say.</exception>
    [SuppressMessage("Usage", "CA2208", Justification = "The parts are this record's own.")]
    public void Write(IBufferWriter<byte> output)
    {
        if (!HttpSyntax.IsToken(Method))
            throw new ArgumentException($"'{Method}' is no method.", nameof(Method));
        if (!HttpSyntax.IsTarget(Target))
            throw new ArgumentException($"'{Target}' is no target.", nameof(Target));
        Encoding.Latin1.GetBytes($"{Method} {Target} HTTP/1.{Minor}\r\n", output);
        HttpHeadReader.Write(Fields, output);
    }
}
