namespace Soket.Relay;

/// <summary>How a relayed connection, or a session of datagrams, ended.</summary>
public enum RelayEnd
{
    /// <summary>Both directions ended in order.</summary>
    Closed,

    /// <summary>The client's side failed, with a reset most often; the target was reset as well.</summary>
    ClientFailed,

    /// <summary>The target's side failed, with a reset most often; the client was reset as well.</summary>
    TargetFailed,

    /// <summary>The relay itself gave it up: it was stopped, or had waited too long.</summary>
    GivenUp,

    /// <summary>A session of datagrams in which nothing moved for <see cref="RelayOptions.SessionIdle"/>.</summary>
    Idle,
}
