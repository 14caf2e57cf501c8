namespace Soket.Bench;

/// <summary>Something a generator has to say about a run that is no count: memory per connection, what limits the rate.</summary>
/// <param name="Key">A stable key; also the key of its text in both languages, after <c>bench.note.</c></param>
/// <param name="Values">What stands in the text, by name: numbers as numbers.</param>
public sealed record BenchNote(string Key, IReadOnlyDictionary<string, object> Values);
