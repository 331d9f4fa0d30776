/** The notice of the RDS certificate authority of 2024, written for this test from its facts, and the ways people pass it on. */

const SUBJECT = 'Action required: Amazon RDS certificate authority rds-ca-2019 expires on August 22, 2024';
const AWS = 'Amazon Web Services, Inc. <no-reply-aws@amazon.com>';
const SENT = 'Mon, 3 Jun 2024 08:12:40 +0000';

const TEXT = `Hello,

You have Amazon RDS database instances in the US-EAST-1 Region that use a
server certificate issued by the certificate authority rds-ca-2019.
The certificate authority rds-ca-2019 expires on August 22, 2024.

After that date, applications that connect with SSL/TLS and verify the
certificate fail to connect to these instances. Update the trust store of
your applications first, then change the instances to rds-ca-rsa2048-g1.

Affected resources:
arn:aws:rds:us-east-1:123456789012:db:orders-prod
arn:aws:rds:us-east-1:123456789012:db:billing-prod

Sincerely,
Amazon Web Services`;

const headers = (lines: Record<string, string>) =>
	Object.entries({ ...lines, 'MIME-Version': '1.0' })
		.map(([name, value]) => `${name}: ${value}`)
		.join('\n');

const ORIGINAL = `${headers({
	From: AWS,
	To: 'ops@example.com',
	Subject: SUBJECT,
	Date: SENT,
	'Message-ID': '<rds-ca-2019.0001@amazon.com>',
	'Content-Type': 'text/plain; charset=utf-8',
})}\n\n${TEXT}\n`;

const fromAda = (subject: string, id: string, type: string) =>
	headers({
		From: 'Ada Njoroge <ada@example.com>',
		To: 'notices@countersign.example.com',
		Subject: subject,
		Date: 'Mon, 3 Jun 2024 08:40:00 +0000',
		'Message-ID': `<${id}@example.com>`,
		'Content-Type': type,
	});

/** Redirected: the provider's own mail, as it came. */
export const redirected = `Resent-From: ada@example.com\nResent-To: notices@countersign.example.com\n${ORIGINAL}`;

/** Forwarded inline, as Gmail writes it. */
export const inlineGmail = `${fromAda(`Fwd: ${SUBJECT}`, 'gmail', 'text/plain; charset=utf-8')}

Can somebody look at this?

---------- Forwarded message ---------
From: Amazon Web Services, Inc. <no-reply-aws@amazon.com>
Date: Mon, Jun 3, 2024 at 8:12 AM
Subject: ${SUBJECT}
To: <ops@example.com>


${TEXT}
`;

/** Forwarded inline, as Outlook writes it. */
export const inlineOutlook = `${fromAda(`FW: ${SUBJECT}`, 'outlook', 'text/plain; charset=utf-8')}

________________________________
From: Amazon Web Services, Inc. <no-reply-aws@amazon.com>
Sent: Monday, June 3, 2024 8:12 AM
To: ops@example.com <ops@example.com>
Subject: ${SUBJECT}

${TEXT}
`;

/** Forwarded as an attachment: the original is inside, whole. */
export const attached = `${fromAda(`Fwd: ${SUBJECT}`, 'attached', 'multipart/mixed; boundary="part"')}

--part
Content-Type: text/plain; charset=utf-8

See attached.

--part
Content-Type: message/rfc822
Content-Disposition: attachment; filename="notice.eml"

${ORIGINAL}
--part--
`;

/** A later mail of the provider that makes the date earlier. */
export const update = `${headers({
	From: AWS,
	To: 'ops@example.com',
	Subject: `[UPDATE] ${SUBJECT.replace('August 22', 'August 15')}`,
	Date: 'Mon, 10 Jun 2024 09:00:00 +0000',
	'Message-ID': '<rds-ca-2019.0002@amazon.com>',
	'In-Reply-To': '<rds-ca-2019.0001@amazon.com>',
	References: '<rds-ca-2019.0001@amazon.com>',
	'Content-Type': 'text/plain; charset=utf-8',
})}\n\n${TEXT.replaceAll('August 22, 2024', 'August 15, 2024')}\n`;
