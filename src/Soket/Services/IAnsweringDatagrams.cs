using Soket.Transports;

namespace Soket.Services;

/// <summary>A datagram socket that receives, has answered and sends many datagrams at once.</summary>
internal interface IAnsweringDatagrams : IDatagramSocket
{
    /// <summary>Answers datagrams until it is cancelled or the socket is closed; in the meantime nobody else receives from it.</summary>
    /// <param name="answers">Makes the answers of one socket; asked for again where several sockets share the port.</param>
    /// <param name="maxDatagram">The longest datagram taken, bytes; the rest of a longer one is cut off, and told.</param>
    /// <param name="cancellationToken">It is to end.</param>
    /// <exception cref="Exception">What the service threw. Called again it goes on with the datagram after that one: none is lost.</exception>
    Task AnswerAsync(Func<IDatagramSocket, DatagramAnswers> answers, int maxDatagram, CancellationToken cancellationToken);
}
