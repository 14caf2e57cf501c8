namespace Soket.Tests.Bench;

/// <summary>An echo for datagrams, with a network before it that a test writes.</summary>
/// <param name="fate">How long each datagram takes to come back, by its number from 0, ns; several for several copies, none for a loss.</param>
internal sealed class ModelDatagrams(Func<int, long[]> fate) : ModelServer
{
    private int _number;

    public override void Received(ModelLink link, byte[] bytes)
    {
        foreach (long delay in fate(_number++))
            link.Reply(bytes, delay);
    }
}
