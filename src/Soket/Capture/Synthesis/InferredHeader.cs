using System.Net;
using Soket.Protocols.Packets;

namespace Soket.Capture.Synthesis;

/// <summary>What every concluded packet has.</summary>
/// <param name="From">Its source.</param>
/// <param name="To">Its destination.</param>
/// <param name="Nanoseconds">When: since 1970.</param>
/// <param name="Direction">Which way it went.</param>
/// <param name="Comment">What it was concluded from, in English: it stands in files.</param>
internal readonly record struct InferredHeader(IPEndPoint From, IPEndPoint To, long Nanoseconds, PacketDirection Direction, string Comment);
