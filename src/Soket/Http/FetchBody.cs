namespace Soket.Http;

/// <summary>What is sent with a request.</summary>
/// <param name="length">Its length, bytes; null when that is not known beforehand, and it is sent in chunks.</param>
/// <param name="open">Opens it from its beginning.</param>
public sealed class FetchBody(long? length, Func<Stream> open)
{
    private bool _opened;

    /// <summary>Its length, bytes; null when that is not known beforehand.</summary>
    public long? Length { get; } = length;

    /// <summary>What it is, for Content-Type; null when the request says so itself, or nobody does.</summary>
    public string? ContentType { get; init; }

    /// <summary>Whether it can be sent again: after a redirect that keeps the method, or in another try. A pipe cannot.</summary>
    public bool CanRepeat { get; init; } = true;

    /// <summary>Whether it can be opened now.</summary>
    public bool CanOpen => CanRepeat || !_opened;

    /// <summary>A body that is there.</summary>
    /// <param name="bytes">Its bytes.</param>
    public static FetchBody Of(ReadOnlyMemory<byte> bytes) => new(bytes.Length, () => new MemoryStream(bytes.ToArray(), writable: false));

    /// <summary>Opens it from its beginning.</summary>
    /// <exception cref="InvalidOperationException">It was opened already, and can be read only once.</exception>
    public Stream Open()
    {
        if (!CanOpen)
            throw new InvalidOperationException("This body can be read only once.");
        _opened = true;
        return open();
    }
}
