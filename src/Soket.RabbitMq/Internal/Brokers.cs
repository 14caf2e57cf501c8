using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Soket.Explain;

namespace Soket.RabbitMq.Internal;

/// <summary>Connects to a broker, and says why it could not be.</summary>
internal static class Brokers
{
    private const int AccessRefused = 403, NotAllowed = 530;

    public static async Task<IConnection> ConnectAsync(RabbitBackplaneOptions options, CancellationToken cancellationToken)
    {
        BrokerAddress broker = options.Broker;
        var factory = new ConnectionFactory
        {
            HostName = broker.Host,
            Port = broker.Port,
            VirtualHost = broker.VirtualHost,
            UserName = broker.User,
            Password = options.Password ?? broker.Password ?? "guest",
            // What was not confirmed and where each log was read are this side's own affair.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = options.Heartbeat,
            RequestedConnectionTimeout = options.ConnectTimeout,
            HandshakeContinuationTimeout = options.ConnectTimeout,
            ContinuationTimeout = options.Patience,
            ClientProvidedName = options.Name,
        };
        if (broker.IsTls)
            factory.Ssl = new SslOption(broker.Host) { Enabled = true };
        try
        {
            IConnection connection = await factory.CreateConnectionAsync(cancellationToken).ConfigureAwait(false);
            await TryAsync(connection, options, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Explain(e, broker);
        }
    }

    // A virtual host that is not there, or may not be used, is told only by the first thing that is done on the connection.
    private static async Task TryAsync(IConnection connection, RabbitBackplaneOptions options, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.ConnectTimeout);
        try
        {
            IChannel channel = await connection.CreateChannelAsync(cancellationToken: patience.Token).ConfigureAwait(false);
            await channel.ExchangeDeclareAsync(options.Name + ".notes", ExchangeType.Fanout, durable: false, autoDelete: true, cancellationToken: patience.Token).ConfigureAwait(false);
            await channel.CloseAsync(patience.Token).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch
        {
            await connection.AbortAsync(200, "", TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>An exception of the client as what it means: a refusal of the broker, or a failure of the socket.</summary>
    public static IOException Explain(Exception exception, BrokerAddress broker)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AuthenticationFailureException or PossibleAuthenticationFailureException:
                    return new BrokerRefusal(BrokerRefusalReason.Login, e.Message, exception);
                case OperationInterruptedException { ShutdownReason: { ReplyCode: NotAllowed, ReplyText: var text } }:
                    return new BrokerRefusal(BrokerRefusalReason.VirtualHost, text, exception);
                case OperationInterruptedException { ShutdownReason: { ReplyCode: AccessRefused, ReplyText: var text } }:
                    return new BrokerRefusal(BrokerRefusalReason.Permission, text, exception);
                case AuthenticationException:
                    return new BrokerRefusal(BrokerRefusalReason.Tls, e.Message, exception);
                case SocketException socket:
                    return SocketFailure.From(SocketCall.Connect, socket, Context(broker));
                case SocketFailure failure:
                    return failure;
            }
        }

        Exception root = exception.GetBaseException();
        return root is TimeoutException or OperationCanceledException
            ? new SocketFailure(SocketCall.Connect, SystemError.Timeout, Context(broker), exception)
            : new BrokerRefusal(BrokerRefusalReason.Protocol, root.Message, exception);
    }

    private static FailureContext Context(BrokerAddress broker) => new() { Endpoint = broker.ToString(), Host = broker.Host, Transport = "tcp" };
}
