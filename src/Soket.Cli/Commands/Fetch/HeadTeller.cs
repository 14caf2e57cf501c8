using Soket.Cli.Rendering;
using Soket.Http;

namespace Soket.Cli.Commands.Fetch;

/// <summary>Tells the heads of exchanges as they happen: what was sent before its answer is waited for, what came before its body. Used by one fetch at a time.</summary>
internal sealed class HeadTeller(Screen screen)
{
    private FetchExchange? _asked;
    private FetchExchange? _answered;
    private FetchExchange? _ended;

    /// <summary>A step is gone.</summary>
    public void Stepped(FetchExchange exchange, FetchStep step)
    {
        if (step.Phase == FetchPhase.Request)
            Asked(exchange);
        if (step.Phase == FetchPhase.Download)
            Answered(exchange);
        if (step.Phase == FetchPhase.Close)
            Ended(exchange);
    }

    /// <summary>The head of the answer is there; it stands on the terminal before the body does.</summary>
    public async Task AnsweredAsync(FetchExchange exchange)
    {
        Answered(exchange);
        await screen.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Tells what has not been told of an exchange that came to its end early.</summary>
    public void Ended(FetchExchange exchange)
    {
        // Of a request that could not be sent nothing went over the wire.
        if (exchange.RequestHeadBytes > 0)
            Asked(exchange);
        Answered(exchange);
        if (ReferenceEquals(_ended, exchange))
            return;
        _ended = exchange;
        Tell(HeadView.Trailers(exchange));
    }

    private void Asked(FetchExchange exchange)
    {
        if (ReferenceEquals(_asked, exchange))
            return;
        _asked = exchange;
        Tell(HeadView.Request(exchange));
    }

    private void Answered(FetchExchange exchange)
    {
        if (ReferenceEquals(_answered, exchange) || exchange.Response is null)
            return;
        _answered = exchange;
        Tell(HeadView.Response(exchange));
    }

    private void Tell(IEnumerable<string> lines)
    {
        foreach (string line in lines)
            screen.Line(line);
    }
}
