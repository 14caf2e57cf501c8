using Soket.Endpoints;

namespace Soket.Services;

/// <summary>The endpoint that a connection came to; found among its features where one service has to tell several apart.</summary>
public interface IServedEndpointFeature
{
    /// <summary>The endpoint, with the name that was asked for and the real port: as clients name it.</summary>
    SocketUri Endpoint { get; }
}
