using System.Text.Json;
using System.Text.Json.Serialization;

namespace Soket.Perf.Servers;

/// <summary>What the process says of itself.</summary>
/// <param name="Allocated">Bytes that were ever allocated on the managed heap.</param>
/// <param name="Heap">Bytes of objects that live.</param>
internal sealed record Reading(long Allocated, long Heap);

/// <summary>
/// A line on the input is a question: <c>count</c> leaves everything as it is, <c>collect</c> collects what nobody holds first and gives the memory back, so
/// that what is left belongs to connections.
/// </summary>
internal static partial class Questions
{
    public static void AnswerAll()
    {
        while (Console.In.ReadLine() is { } question)
        {
            if (question == "collect")
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            Console.Out.WriteLine(JsonSerializer.Serialize(new Reading(GC.GetTotalAllocatedBytes(precise: true), GC.GetTotalMemory(false)), ReadingContext.Default.Reading));
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Reading))]
    private sealed partial class ReadingContext : JsonSerializerContext;
}
