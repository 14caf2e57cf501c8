using System.Collections;

namespace Soket.Protocols.Dns;

/// <summary>A list in a record, compared by what is in it.</summary>
/// <typeparam name="T">What is in it.</typeparam>
/// <param name="items">The items.</param>
public sealed class DnsList<T>(IReadOnlyList<T> items) : IReadOnlyList<T>, IEquatable<DnsList<T>>
{
    /// <summary>How many there are.</summary>
    public int Count => items.Count;

    /// <summary>An item by its place.</summary>
    /// <param name="index">The place, from 0.</param>
    public T this[int index] => items[index];

    /// <inheritdoc/>
    public bool Equals(DnsList<T>? other) => other is not null && this.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DnsList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (T item in items)
            hash.Add(item);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
