using FsCheck;
using FsCheck.Fluent;
using Soket.Explain;
using Soket.Languages;
using Xunit;

namespace Soket.Tests.Explain;

public sealed class LookupTests
{
    [Theory]
    [InlineData("98", "address-in-use")]
    [InlineData("10048", "address-in-use")]
    [InlineData("EADDRINUSE", "address-in-use")]
    [InlineData("eaddrinuse", "address-in-use")]
    [InlineData("WSAEADDRINUSE", "address-in-use")]
    [InlineData("AddressAlreadyInUse", "address-in-use")]
    [InlineData("address already in use", "address-in-use")]
    [InlineData("Alamat sudah dipakai", "address-in-use")]
    [InlineData("address-in-use", "address-in-use")]
    [InlineData("OSError: [Errno 98] Address already in use", "address-in-use")]
    [InlineData("OSError: [Errno 48] Address already in use", "address-in-use")]
    [InlineData("java.net.BindException: Address already in use (Bind failed)", "address-in-use")]
    [InlineData("System.Net.Sockets.SocketException (98): Address already in use", "address-in-use")]
    [InlineData("SocketException (98)", "address-in-use")]
    [InlineData("Error: listen EADDRINUSE: address already in use :::3000", "address-in-use")]
    [InlineData("Only one usage of each socket address (protocol/network address/port) is normally permitted.", "address-in-use")]
    [InlineData("Os { code: 98, kind: AddrInUse, message: \"Address already in use\" }", "address-in-use")]
    [InlineData("111", "connection-refused")]
    [InlineData("connection-refused", "connection-refused")]
    [InlineData("Connection refused", "connection-refused")]
    [InlineData("koneksi ditolak", "connection-refused")]
    [InlineData("ConnectionRefusedError: [Errno 111] Connection refused", "connection-refused")]
    [InlineData("No connection could be made because the target machine actively refused it.", "connection-refused")]
    [InlineData("net::ERR_CONNECTION_REFUSED", "connection-refused")]
    [InlineData("connect ECONNREFUSED 127.0.0.1:8080", "connection-refused")]
    [InlineData("EAI_NONAME", "name-not-found")]
    [InlineData("-2", "name-not-found")]
    [InlineData("socket.gaierror: [Errno -2] Name or service not known", "name-not-found")]
    [InlineData("getaddrinfo ENOTFOUND example.invalid", "name-not-found")]
    [InlineData("java.net.UnknownHostException: example.invalid", "name-not-found")]
    [InlineData("Temporary failure in name resolution", "name-temporary-failure")]
    [InlineData("getaddrinfo EAI_AGAIN example.com", "name-temporary-failure")]
    [InlineData("java.net.SocketTimeoutException: Read timed out", "read-timed-out")]
    [InlineData("java.net.SocketTimeoutException: connect timed out", "connect-timed-out")]
    [InlineData("Connection reset by peer", "connection-reset")]
    [InlineData("Error: socket hang up", "connection-reset")]
    [InlineData("BrokenPipeError: [Errno 32] Broken pipe", "broken-pipe")]
    [InlineData("TLS_EXPIRED", "tls-expired")]
    [InlineData("CERT_HAS_EXPIRED", "tls-expired")]
    [InlineData("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)", "tls-untrusted")]
    [InlineData("DEPTH_ZERO_SELF_SIGNED_CERT", "tls-untrusted")]
    [InlineData("ERR_TLS_CERT_ALTNAME_INVALID", "tls-wrong-name")]
    [InlineData("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "plaintext-where-tls-expected")]
    [InlineData("Too many open files", "too-many-open-files")]
    [InlineData("No route to host", "host-unreachable")]
    [InlineData("Network is unreachable", "network-unreachable")]
    [InlineData("PermissionError: [Errno 13] Permission denied", "permission-denied")]
    [InlineData("SOKET_NO_REPLY", "no-reply")]
    [InlineData("EPROTO", "other-failure")]
    [InlineData("exit 60", "tls-untrusted")]
    [InlineData("REFUSED", "dns-refused")]
    [InlineData("refused", "connection-refused")]
    [InlineData("NXDOMAIN", "dns-name-not-found")]
    [InlineData("SERVFAIL", "dns-server-failure")]
    [InlineData("404", "http-status")]
    [InlineData("502", "http-status")]
    [InlineData("HTTP 503", "http-status")]
    [InlineData("301", "http-redirect")]
    [InlineData("97", "address-family-not-supported")]
    [InlineData("EAFNOSUPPORT", "address-family-not-supported")]
    [InlineData("OSError: [Errno 97] Address family not supported by protocol", "address-family-not-supported")]
    public void What_a_person_pastes_finds_its_entry_first(string query, string code)
    {
        Assert.Equal(code, Explainer.Lookup(query, Language.English).Entries[0].Code);
        Assert.Equal(code, Explainer.Lookup(query, Language.Indonesian).Entries[0].Code);
    }

    [Fact]
    public void A_number_says_which_error_it_is()
    {
        Assert.Equal("EADDRINUSE", Explainer.Lookup("98", Language.English).Error!.Value.Name);
        CatalogueEntry entry = Explainer.Lookup("98", Language.Indonesian).Entries[0];
        Assert.Equal("Alamat sudah dipakai", entry.Title);
        Assert.Equal("docs/errors/address-in-use.id.md", entry.Page);
        Assert.Equal(110, entry.ExitCode);
    }

    [Theory]
    [InlineData("EADRINUSE", "EADDRINUSE")]
    [InlineData("ECONREFUSED", "ECONNREFUSED")]
    [InlineData("conection-refused", "connection-refused")]
    [InlineData("conection refused", "Connection refused")]
    public void A_slip_of_the_pen_is_answered_with_what_was_meant(string query, string meant)
    {
        LookupResult result = Explainer.Lookup(query, Language.English);
        Assert.Empty(result.Entries);
        Assert.Contains(meant, result.Suggestions, StringComparer.OrdinalIgnoreCase);
        Assert.All(result.Suggestions, suggestion => Assert.NotEmpty(Explainer.Lookup(suggestion, Language.English).Entries));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("9999")]
    [InlineData("qwertyuiop")]
    public void What_means_nothing_finds_nothing(string query) => Assert.Empty(Explainer.Lookup(query, Language.English).Entries);

    [Fact]
    public void Every_title_and_every_name_finds_its_own_entry()
    {
        foreach (string code in Explainer.Codes)
        {
            foreach (Language language in Enum.GetValues<Language>())
            {
                CatalogueEntry entry = Explainer.Entry(code, language);
                Assert.Contains(Explainer.Lookup(entry.Title, language).Entries, found => found.Code == code);
                Assert.All(entry.Errors, error => Assert.Contains(Explainer.Lookup(error.Name, language).Entries, found => found.Code == code));
            }
        }
    }

    [Fact]
    public void Any_text_finds_something_or_nothing_but_never_throws() => Prop.ForAll<string>(text =>
        Explainer.Lookup(text ?? "", Language.Indonesian).Entries.Count >= 0).QuickCheckThrowOnFailure();
}
