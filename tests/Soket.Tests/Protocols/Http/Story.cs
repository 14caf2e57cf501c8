using System.Buffers;
using System.Text;
using Soket.Protocols.Http1;
using Xunit;

namespace Soket.Tests.Protocols.Http;

/// <summary>What a reader made of a response that came in pieces.</summary>
internal sealed record Story(string Error, IReadOnlyList<int> Heads, byte[] Body, byte[] Left, IReadOnlyList<string> Trailers)
{
    /// <summary>All of it, to be compared. What a message that is wrong left in the buffer depends on when that was seen, and means nothing.</summary>
    public string Told => $"{Error}|{string.Join(',', Heads)}|{Convert.ToHexString(Body)}|{(Error.Length == 0 ? Convert.ToHexString(Left) : "")}|{string.Join(',', Trailers)}";

    public static Story Of(string method, byte[] bytes, int[] sizes, HttpResponseLimits? limits = null)
    {
        var reader = new HttpResponseReader(method, limits ?? HttpResponseLimits.Default);
        var heads = new List<int>();
        var body = new ArrayBufferWriter<byte>();
        int given = 0, kept = 0;
        // Every turn takes bytes, gives a part or asks for more: more turns than that are a reader that hangs.
        for (int turns = 0, size = 0; turns < (bytes.Length * 3) + 100; turns++)
        {
            var buffer = new ReadOnlySequence<byte>(bytes, kept, given - kept);
            HttpResponsePart part = reader.Read(ref buffer, given == bytes.Length, out ReadOnlySequence<byte> content);
            Assert.InRange(buffer.Length, 0, given - kept);
            kept = given - (int)buffer.Length;
            switch (part)
            {
                case HttpResponsePart.NeedMore:
                    Assert.True(given < bytes.Length, "it asks for more, where it was told that there is no more");
                    given = Math.Min(bytes.Length, given + sizes[size++ % sizes.Length]);
                    break;
                case HttpResponsePart.Interim or HttpResponsePart.Head:
                    heads.Add(reader.Head!.Status);
                    break;
                case HttpResponsePart.Content:
                    Assert.False(content.IsEmpty);
                    body.Write(content.ToArray());
                    break;
                default:
                    string error = part == HttpResponsePart.End ? "" : reader.Error != HttpMessageError.None ? reader.Error.ToString() : reader.HeadError.ToString();
                    return new(error, heads, body.WrittenSpan.ToArray(), bytes[kept..], [.. reader.Trailers.Select(field => $"{field.Name}: {field.Value}")]);
            }
        }

        throw new InvalidOperationException($"The reader does not end: {Encoding.Latin1.GetString(bytes)}");
    }
}
