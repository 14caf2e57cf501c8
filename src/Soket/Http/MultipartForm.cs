using System.Security.Cryptography;
using System.Text;

namespace Soket.Http;

/// <summary>One part of a form: a value, or a file.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Content">What is in it.</param>
public sealed record FormPart(string Name, FetchBody Content)
{
    /// <summary>The name a file is told to have; null for a plain value.</summary>
    public string? FileName { get; init; }
}

/// <summary>A form as multipart/form-data (RFC 7578): what a web page sends when it uploads files.</summary>
public static class MultipartForm
{
    /// <summary>Puts parts together; files are read when the body is sent, and their length decides whether it is known beforehand.</summary>
    /// <param name="parts">The parts, in their order.</param>
    public static FetchBody Create(IReadOnlyList<FormPart> parts)
    {
        // Long and random, so that no content holds it.
        string boundary = "soket-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(18));
        var pieces = new List<(byte[] Head, FetchBody? Content)>();
        foreach (FormPart part in parts)
        {
            var head = new StringBuilder($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Escape(part.Name)}\"");
            if (part.FileName is { } file)
                head.Append($"; filename=\"{Escape(file)}\"");
            if (part.Content.ContentType is { } type)
                head.Append($"\r\nContent-Type: {type}");
            pieces.Add((Encoding.UTF8.GetBytes(head.Append("\r\n\r\n").ToString()), part.Content));
            pieces.Add(("\r\n"u8.ToArray(), null));
        }

        pieces.Add((Encoding.ASCII.GetBytes($"--{boundary}--\r\n"), null));
        long? length = pieces.Sum(piece => piece.Head.Length + (piece.Content?.Length ?? 0));
        if (parts.Any(part => part.Content.Length is null))
            length = null;
        return new FetchBody(length, () => new Concatenated(pieces))
        {
            ContentType = $"multipart/form-data; boundary={boundary}",
            CanRepeat = parts.All(part => part.Content.CanRepeat),
        };
    }

    // RFC 7578 4.2 and WHATWG HTML 4.10.21.8: line breaks and quotes are percent-encoded.
    private static string Escape(string text) => text.Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal).Replace("\"", "%22", StringComparison.Ordinal);

    private sealed class Concatenated(List<(byte[] Head, FetchBody? Content)> pieces) : Stream
    {
        private const string OneWay = "A form is read once, asynchronously, from its beginning to its end.";

        private int _next;
        private Stream? _current;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException(OneWay);

        public override long Position
        {
            get => throw new NotSupportedException(OneWay);
            set => throw new NotSupportedException(OneWay);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                if (_current is not null)
                {
                    int read = await _current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                    if (read > 0)
                        return read;
                    await _current.DisposeAsync().ConfigureAwait(false);
                    _current = null;
                }

                // Two streams a piece: its head, then its content.
                if (_next == pieces.Count * 2)
                    return 0;
                (byte[] head, FetchBody? content) = pieces[_next / 2];
                _current = _next++ % 2 == 0 ? new MemoryStream(head, writable: false) : content?.Open();
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException(OneWay);

        public override void SetLength(long value) => throw new NotSupportedException(OneWay);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OneWay);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _current?.Dispose();
            base.Dispose(disposing);
        }
    }
}
