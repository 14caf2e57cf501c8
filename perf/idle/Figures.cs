using System.Globalization;
using System.Text.Json.Serialization;

namespace Soket.Perf.Idle;

/// <summary>What the server says of itself.</summary>
/// <param name="Connections">Connections it has.</param>
/// <param name="ResidentBytes">Memory of the process that is in RAM.</param>
/// <param name="HeapBytes">Live objects, after a full collection.</param>
/// <param name="CpuMilliseconds">Processor time it has used.</param>
internal sealed record Reading(int Connections, long ResidentBytes, long HeapBytes, double CpuMilliseconds);

/// <summary>What came out.</summary>
internal sealed record Figures(int Connections, Reading Before, Reading Open, Reading Answered, double OpenMilliseconds, double AnswerMilliseconds)
{
    public double HeapBytesPerConnection => (double)(Open.HeapBytes - Before.HeapBytes) / Connections;

    public double ResidentBytesPerConnection => (double)(Open.ResidentBytes - Before.ResidentBytes) / Connections;

    public double HeapBytesPerConnectionAnswered => (double)(Answered.HeapBytes - Before.HeapBytes) / Connections;

    public double ResidentBytesPerConnectionAnswered => (double)(Answered.ResidentBytes - Before.ResidentBytes) / Connections;

    public double ServerCpuMilliseconds => Answered.CpuMilliseconds - Before.CpuMilliseconds;

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"""
        connections opened, and each answered   {Connections,10:N0}
        time to open them all                   {OpenMilliseconds,10:N0} ms
        time to answer them all                 {AnswerMilliseconds,10:N0} ms
        server processor time                   {ServerCpuMilliseconds,10:N0} ms
        server resident, before                 {Before.ResidentBytes / 1024.0 / 1024,10:N1} MiB
        server resident, all open and idle      {Open.ResidentBytes / 1024.0 / 1024,10:N1} MiB
        server resident, all answered           {Answered.ResidentBytes / 1024.0 / 1024,10:N1} MiB
        resident a connection, idle             {ResidentBytesPerConnection,10:N0} bytes
        heap a connection, idle                 {HeapBytesPerConnection,10:N0} bytes
        resident a connection, answered         {ResidentBytesPerConnectionAnswered,10:N0} bytes
        heap a connection, answered             {HeapBytesPerConnectionAnswered,10:N0} bytes
        """);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Figures))]
[JsonSerializable(typeof(Reading))]
internal sealed partial class FiguresContext : JsonSerializerContext;
