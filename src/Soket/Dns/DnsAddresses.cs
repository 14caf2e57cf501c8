using System.Net;
using Soket.Explain;

namespace Soket.Dns;

/// <summary>The addresses of a host, as DNS gave them.</summary>
/// <param name="Addresses">The addresses, IPv6 first; none where there is a failure.</param>
/// <param name="Answers">What was asked, a question for each family, and what was answered.</param>
/// <param name="Failure">Why there is no address; null where there is one.</param>
public sealed record DnsAddresses(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<DnsAnswer> Answers, SocketFailure? Failure);
