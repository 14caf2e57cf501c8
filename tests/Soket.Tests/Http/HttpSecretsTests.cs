using Soket.Http;
using Xunit;

namespace Soket.Tests.Http;

public sealed class HttpSecretsTests
{
    [Theory]
    [InlineData("http://h/x?token=SECRET", "http://h/x?token=***")]
    [InlineData("/x?a=1&access_token=SECRET&b=2", "/x?a=1&access_token=***&b=2")]
    [InlineData("/x?api_key=S&apikey=S&key=S", "/x?api_key=***&apikey=***&key=***")]
    [InlineData("/x?X-Amz-Signature=S?S&monkey=1", "/x?X-Amz-Signature=***&monkey=1")]
    [InlineData("/x?code=S&postcode=12345", "/x?code=***&postcode=12345")]
    [InlineData("/x?token=", "/x?token=")]
    [InlineData("/x?password&&q", "/x?password&&q")]
    [InlineData("/token=1", "/token=1")]
    [InlineData("<http://h/?sig=S>; rel=next", "<http://h/?sig=***>; rel=next")]
    public void A_secret_parameter_is_covered(string text, string covered) => Assert.Equal(covered, HttpSecrets.Redact(text));

    [Theory]
    [InlineData("Authorization", true)]
    [InlineData("proxy-authorization", true)]
    [InlineData("X-Api-Key", true)]
    [InlineData("X-Auth-Token", true)]
    [InlineData("Set-Cookie", true)]
    [InlineData("WWW-Authenticate", false)]
    [InlineData("Content-Type", false)]
    [InlineData("Sec-WebSocket-Key", false)]
    [InlineData("Author", false)]
    public void A_field_is_secret_by_its_name(string name, bool secret) => Assert.Equal(secret, HttpSecrets.IsField(name));
}
