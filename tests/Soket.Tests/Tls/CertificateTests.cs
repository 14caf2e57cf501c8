using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Middleware.Tls;
using Xunit;

namespace Soket.Tests.Tls;

/// <summary>What a certificate says, and who said it.</summary>
public sealed class CertificateTests
{
    [Theory]
    [InlineData("localhost", "localhost", true)]
    [InlineData("localhost", "LOCALHOST.", true)]
    [InlineData("localhost", "localhost.evil.example", false)]
    [InlineData("*.web.example", "a.web.example", true)]
    [InlineData("*.web.example", "a.b.web.example", false)]
    [InlineData("*.web.example", "web.example", false)]
    [InlineData("*.web.example", ".web.example", false)]
    [InlineData("*.example", "web.example", false)]
    [InlineData("a*.web.example", "ab.web.example", false)]
    [InlineData("*.*.example", "a.b.example", false)]
    [InlineData("*.web.example", "*.web.example", false)]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("xn--bcher-kva.example", "bücher.example", true)]
    public void A_dns_name_matches_names_and_never_an_address(string entry, string expected, bool matches) => Assert.Equal(matches, Names(name => name.AddDnsName(entry)).Match(expected));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::1", "[::1]", true)]
    [InlineData("fe80::1", "fe80::1%1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("127.0.0.1", "localhost", false)]
    public void An_address_entry_matches_that_address(string entry, string expected, bool matches) => Assert.Equal(matches, Names(name => name.AddIpAddress(IPAddress.Parse(entry))).Match(expected));

    [Fact]
    public void A_common_name_names_no_host()
    {
        using X509Certificate2 bare = SelfSigned("ecdsa", "localhost");
        Assert.False(new CertificateNames(bare).Match("localhost"));
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    [InlineData("pss")]
    public void A_signature_is_checked_and_names_are_not_believed(string algorithm)
    {
        using X509Certificate2 one = SelfSigned(algorithm, "localhost"), other = SelfSigned(algorithm, "localhost");
        Assert.True(CertificateSignature.IsBy(one, one));
        Assert.False(CertificateSignature.IsBy(one, other));
        using X509Certificate2 stranger = SelfSigned(algorithm == "ecdsa" ? "rsa" : "ecdsa", "localhost");
        Assert.False(CertificateSignature.IsBy(one, stranger) ?? false);
    }

    private static CertificateNames Names(Action<SubjectAlternativeNameBuilder> add)
    {
        var names = new SubjectAlternativeNameBuilder();
        add(names);
        using X509Certificate2 certificate = SelfSigned("ecdsa", "x", names.Build());
        return new CertificateNames(certificate);
    }

    private static X509Certificate2 SelfSigned(string algorithm, string name, X509Extension? extension = null)
    {
        using AsymmetricAlgorithm key = algorithm == "ecdsa" ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(2048);
        CertificateRequest request = key is ECDsa ecdsa
            ? new($"CN={name}", ecdsa, HashAlgorithmName.SHA256)
            : new($"CN={name}", (RSA)key, HashAlgorithmName.SHA384, algorithm == "pss" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        if (extension is not null)
            request.CertificateExtensions.Add(extension);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
