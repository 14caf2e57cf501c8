using System.Net;

namespace Soket.Linux.Bench;

/// <summary>The addresses of a run's endpoint. The first one that answers is everybody's from then on. Any thread.</summary>
/// <param name="addresses">One or more, in the order to try them.</param>
internal sealed class LoopAddresses(IReadOnlyList<EndPoint> addresses)
{
    private volatile int _reached = -1;

    /// <summary>Which one to begin with.</summary>
    public int First => Math.Max(0, _reached);

    /// <summary>An address.</summary>
    public EndPoint this[int number] => addresses[number];

    /// <summary>An address has answered.</summary>
    public void Reached(int number)
    {
        if (_reached < 0)
            _reached = number;
    }

    /// <summary>Whether there is another one to try after this one has not answered.</summary>
    public bool TryNext(int number, out int next)
    {
        next = _reached >= 0 ? _reached : number + 1;
        return next != number && next < addresses.Count;
    }
}
