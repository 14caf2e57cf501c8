namespace Soket.Cli.Telemetry;

/// <summary>Tells what the exporter keeps to itself: that the receiver could not be reached, or did not take what was sent.</summary>
internal sealed class TellingHandler(TellingHandler.Once told) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Checked(base.Send(request, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            told.Tell(e.Message);
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Checked(await base.SendAsync(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            told.Tell(e.Message);
            throw;
        }
    }

    private HttpResponseMessage Checked(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
            told.Tell($"HTTP {(int)response.StatusCode} {response.ReasonPhrase}");
        return response;
    }

    /// <summary>Passes the first thing on, and no other: a receiver that is away is one fact, however often it is tried.</summary>
    internal sealed class Once(Action<string> tell)
    {
        private int _told; // any thread

        public void Tell(string text)
        {
            if (Interlocked.Exchange(ref _told, 1) == 0)
                tell(text);
        }
    }
}
