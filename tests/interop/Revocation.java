/* SPDX-License-Identifier: GPL-3.0-or-later */
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/*
 * Revocation ROOT CRLS CHAIN...: what Java makes of each chain, a file with the
 * leaf first: a line with the file's name, and "good", "revoked REASON" or
 * "bad REASON". With "ocsp" for CRLS it asks the responders that the
 * certificates name.
 */
final class Revocation {
	private final CertificateFactory x509;
	private final PKIXParameters parameters;

	private Revocation(String root, String crls) throws Exception {
		x509 = CertificateFactory.getInstance("X.509");
		X509Certificate anchor = (X509Certificate) certificates(root).get(0);
		parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
		if (crls.equals("ocsp")) {
			PKIXRevocationChecker checker = (PKIXRevocationChecker)
			    CertPathValidator.getInstance("PKIX").getRevocationChecker();
			checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
			parameters.addCertPathChecker(checker);
			return;
		}
		try (InputStream in = new FileInputStream(crls)) {
			List<CRL> lists = new ArrayList<>(x509.generateCRLs(in));
			parameters.addCertStore(CertStore.getInstance("Collection",
			    new CollectionCertStoreParameters(lists)));
		}
	}

	private List<Certificate> certificates(String file) throws Exception {
		try (InputStream in = new FileInputStream(file)) {
			return new ArrayList<>(x509.generateCertificates(in));
		}
	}

	private String verdict(String file) throws Exception {
		try {
			CertPathValidator.getInstance("PKIX").validate(
			    x509.generateCertPath(certificates(file)), parameters);
			return "good";
		} catch (CertPathValidatorException e) {
			if (e.getCause() instanceof CertificateRevokedException) {
				CertificateRevokedException why =
				    (CertificateRevokedException) e.getCause();
				return "revoked " + why.getRevocationReason();
			}
			return "bad " + e.getReason();
		}
	}

	public static void main(String[] args) throws Exception {
		Revocation java = new Revocation(args[0], args[1]);
		for (int i = 2; i < args.length; i++)
			System.out.println(args[i] + " " + java.verdict(args[i]));
	}
}
