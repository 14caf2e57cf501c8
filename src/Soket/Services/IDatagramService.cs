using Soket.Transports;

namespace Soket.Services;

/// <summary>What is richer than message and reply on datagrams: it has the socket to itself until it is cancelled.</summary>
public interface IDatagramService
{
    /// <summary>Serves one datagram socket.</summary>
    /// <param name="socket">The socket; the caller closes it.</param>
    /// <param name="cancellationToken">The service is asked to end.</param>
    Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken);
}
