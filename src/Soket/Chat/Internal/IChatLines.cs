namespace Soket.Chat.Internal;

/// <summary>Lines each way, whatever carries them. One reader, one writer.</summary>
internal interface IChatLines
{
    /// <summary>Whether a line was longer than allowed; nothing more is read then.</summary>
    bool IsTooLong { get; }

    /// <summary>The first byte of what is there; -1 for none.</summary>
    int First { get; }

    /// <summary>Waits until there is something, at most for a time.</summary>
    Task<bool> HasAsync(TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>The next line without its end; null at the end.</summary>
    Task<byte[]?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Whether what is there begins with these bytes.</summary>
    bool StartsWith(ReadOnlySpan<byte> bytes);

    /// <summary>What comes next, however it is cut; null at the end.</summary>
    Task<byte[]?> ReadSomeAsync(CancellationToken cancellationToken);

    /// <summary>Sends bytes as they are.</summary>
    Task WriteSomeAsync(byte[] bytes, CancellationToken cancellationToken);

    /// <summary>Sends lines, given without their ends.</summary>
    Task WriteAsync(IReadOnlyList<byte[]> lines, CancellationToken cancellationToken);
}
