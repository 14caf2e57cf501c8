namespace Soket.RabbitMq;

/// <summary>Why a broker that was reached did not let a chat begin.</summary>
public enum BrokerRefusalReason
{
    /// <summary>It does not know the user, or the password is another one.</summary>
    Login,

    /// <summary>The virtual host is not there, or the user may not use it.</summary>
    VirtualHost,

    /// <summary>The user may not make, read or write what a chat needs.</summary>
    Permission,

    /// <summary>Its certificate is not trusted, or it does not speak TLS.</summary>
    Tls,

    /// <summary>It does not speak AMQP 0-9-1, or is not RabbitMQ 3.9 or later with streams.</summary>
    Protocol,
}

/// <summary>A broker was reached and did not let a chat begin. The message is the broker's, or the system's, own and has no secrets in it.</summary>
/// <param name="reason">Why.</param>
/// <param name="message">The words of whoever refused.</param>
/// <param name="inner">What it was told by.</param>
public sealed class BrokerRefusal(BrokerRefusalReason reason, string message, Exception inner) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public BrokerRefusalReason Reason { get; } = reason;
}
