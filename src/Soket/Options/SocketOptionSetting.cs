namespace Soket.Options;

/// <summary>An option and the value asked for.</summary>
/// <param name="Option">The option.</param>
/// <param name="Value">Flags: 0 or 1; bytes, numbers and DSCP: the number; times: milliseconds; linger: seconds, or -1 for off.</param>
public readonly record struct SocketOptionSetting(SocketOption Option, long Value)
{
    /// <summary>The value of an option that is a name: text, group, interface.</summary>
    public string? Text { get; init; }

    /// <summary>The value as people write it: <c>on</c>, <c>64 KiB</c> as <c>65536</c>, <c>10s</c>, <c>off</c>, <c>EF</c>, <c>cubic</c>.</summary>
    public override string ToString() => SocketOptionCodec.Format(this);
}
