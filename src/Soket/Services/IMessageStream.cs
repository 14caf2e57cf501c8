using System.Net;
using Soket.Events;

namespace Soket.Services;

/// <summary>A stream whose messages are answered, as whoever answers them needs to know it.</summary>
internal interface IMessageStream
{
    /// <summary>Its place in the event stream; null when nobody looks.</summary>
    SocketScope? Scope { get; }

    /// <summary>The service's own address.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>The peer; null when it has no name.</summary>
    EndPoint? RemoteEndPoint { get; }
}
