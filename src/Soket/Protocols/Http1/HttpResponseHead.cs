using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Soket.Protocols.Http1;

/// <summary>The head of a response (RFC 9112 4): <c>HTTP/1.1 101 Switching Protocols</c> and its fields.</summary>
/// <param name="Status">The status, 100 to 999.</param>
/// <param name="Reason">The reason phrase; may be empty, and means nothing to a program.</param>
/// <param name="Minor">The minor version: 1 of HTTP/1.1.</param>
/// <param name="Fields">The fields.</param>
public sealed record HttpResponseHead(int Status, string Reason, int Minor, HttpFields Fields)
{
    /// <inheritdoc cref="HttpRequestHead.TryRead"/>
    public static HttpHeadResult TryRead(ref ReadOnlySequence<byte> buffer, HttpHeadLimits limits, out HttpResponseHead? head, out HttpHeadError error)
    {
        head = null;
        var reader = new HttpHeadReader(isRequest: false, limits);
        HttpHeadResult result = reader.Read(ref buffer, out error);
        if (result == HttpHeadResult.Head)
            head = new(int.Parse(reader.First, NumberStyles.None, CultureInfo.InvariantCulture), reader.Second, reader.Minor, new HttpFields(reader.Fields));
        return result;
    }

    /// <inheritdoc cref="HttpRequestHead.Write"/>
    [SuppressMessage("Usage", "CA2208", Justification = "The parts are this record's own.")]
    public void Write(IBufferWriter<byte> output)
    {
        if (Status is < 100 or > 999)
            throw new ArgumentException($"{Status} is no status.", nameof(Status));
        if (!HttpSyntax.IsFieldValue(Reason))
            throw new ArgumentException("The reason phrase holds what cannot stand in a head.", nameof(Reason));
        Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.{Minor} {Status} {Reason}\r\n"), output);
        HttpHeadReader.Write(Fields, output);
    }
}
