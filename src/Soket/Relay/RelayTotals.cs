namespace Soket.Relay;

/// <summary>What a relay has done so far.</summary>
/// <param name="Sessions">Connections, or senders of datagrams, that were taken.</param>
/// <param name="Active">Those that are joined to the target now.</param>
/// <param name="NotConnected">Those for which the target could not be connected to.</param>
/// <param name="Failed">Those that ended with the failure of one side.</param>
/// <param name="BytesToTarget">Payload bytes handed on to the target.</param>
/// <param name="BytesToClients">Payload bytes handed on to clients.</param>
/// <param name="Dropped">Datagrams that were not handed on: no room for one more session, a sender who cannot be answered, a target that refuses or takes too little.</param>
public readonly record struct RelayTotals(long Sessions, int Active, long NotConnected, long Failed, long BytesToTarget, long BytesToClients, long Dropped);
